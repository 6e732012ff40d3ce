//! Small traces for mistakes that no recording has.

use doctor::{Finding, Received, diagnose};
use serde_json::{Value, json};
use trace_model::{Nanos, otlp::read_traces, trace_file};

pub(crate) const INTERNAL: u8 = 1;
pub(crate) const SERVER: u8 = 2;
pub(crate) const CLIENT: u8 = 3;
/// The parent is in this process, or in another.
pub(crate) const LOCAL: u32 = 0x101;
pub(crate) const REMOTE: u32 = 0x301;

/// A span; `parent` is 0 for a root. Times are milliseconds.
#[derive(Clone)]
pub(crate) struct Planted<'a> {
    pub(crate) service: &'a str,
    pub(crate) process: u32,
    pub(crate) host: Option<&'a str>,
    pub(crate) trace: u32,
    pub(crate) id: u32,
    pub(crate) parent: u32,
    pub(crate) kind: u8,
    pub(crate) flags: u32,
    pub(crate) name: &'a str,
    pub(crate) times: (u64, u64),
    pub(crate) attributes: Value,
    pub(crate) is_error: bool,
    /// It has an exception event.
    pub(crate) has_exception: bool,
    pub(crate) link: Option<(u32, u32)>,
}

impl Planted<'_> {
    fn line(&self) -> String {
        let ids = |trace: u32, id: u32| (format!("{trace:032x}"), format!("{trace:08x}{id:08x}"));
        let (trace_id, span_id) = ids(self.trace, self.id);
        let parent = if self.parent == 0 { String::new() } else { ids(self.trace, self.parent).1 };
        let time = |millis: u64| (1_790_000_000_000_000_000 + millis * 1_000_000 + 7).to_string();
        let attribute = |key: &str, value: &Value| {
            let value = value
                .as_i64()
                .map_or_else(|| json!({ "stringValue": value }), |int| json!({ "intValue": int }));
            json!({ "key": key, "value": value })
        };
        let attributes = self.attributes.as_object().into_iter().flatten();
        let links = self.link.map(|(trace, id)| ids(trace, id));
        let span = json!({
            "traceId": trace_id, "spanId": span_id, "parentSpanId": parent, "flags": self.flags,
            "kind": self.kind, "name": self.name,
            "status": if self.is_error { json!({ "code": 2 }) } else { json!({}) },
            "events": if self.has_exception { json!([{ "name": "exception" }]) } else { json!([]) },
            "startTimeUnixNano": time(self.times.0), "endTimeUnixNano": time(self.times.1),
            "attributes": attributes.map(|(key, value)| attribute(key, value)).collect::<Vec<_>>(),
            "links": links.iter().map(|(trace, id)| json!({ "traceId": trace, "spanId": id })).collect::<Vec<_>>(),
        });
        let mut resource = vec![
            attribute("service.name", &json!(self.service)),
            attribute("process.pid", &json!(self.process)),
        ];
        resource.extend(self.host.map(|host| attribute("host.name", &json!(host))));
        json!({ "resourceSpans": [{
            "resource": { "attributes": resource }, "scopeSpans": [{ "spans": [span] }],
        }] })
        .to_string()
    }
}

/// A span of `web`, which takes 100 ms of its trace, without attributes.
pub(crate) fn span(service: &str, trace: u32, id: u32, parent: u32, kind: u8) -> Planted<'_> {
    let start = u64::from(trace) * 100;
    Planted {
        service,
        process: 1,
        host: None,
        trace,
        id,
        parent,
        kind,
        flags: if kind == SERVER && parent > 0 { REMOTE } else { LOCAL },
        name: "GET",
        times: (start, start + 100),
        attributes: json!({}),
        is_error: false,
        has_exception: false,
        link: None,
    }
}

/// The attributes of a call to a path of `shop`.
pub(crate) fn asking(path: &str) -> Value {
    json!({
        "url.full": format!("http://shop:80{path}"), "server.address": "shop", "server.port": 80,
        "http.request.method": "GET", "http.response.status_code": 200,
    })
}

/// The attributes of a request for a path of `shop`.
pub(crate) fn asked_for(path: &str) -> Value {
    json!({
        "url.path": path, "url.scheme": "http", "http.request.method": "GET",
        "server.address": "shop", "server.port": 80,
    })
}

/// A call of `web` to `shop` in trace `number`: request, client, and server in the same trace.
pub(crate) fn call<'a>(number: u32, process: u32) -> Vec<Planted<'a>> {
    let path = format!("/price/{number}");
    let [mut request, mut client, mut server] = [
        span("web", number, 1, 0, SERVER),
        span("web", number, 2, 1, CLIENT),
        span("shop", number, 3, 2, SERVER),
    ];
    let start = request.times.0;
    (request.times, request.attributes) = ((start, start + 40), json!({ "url.path": "/" }));
    (client.times, client.attributes) = ((start + 5, start + 30), asking(&path));
    (server.times, server.attributes) = ((start + 10, start + 25), asked_for(&path));
    server.process = process;
    vec![request, client, server]
}

pub(crate) fn findings(spans: &[Planted<'_>]) -> Vec<Finding> {
    let lines: Vec<String> = spans.iter().map(Planted::line).collect();
    let request = trace_file::to_requests(lines.join("\n").as_bytes()).unwrap().traces;
    let mut received = Vec::new();
    let rejected = read_traces(&request, |_, origin, span| {
        received.push(Received { origin: *origin, span, arrived: Nanos::ZERO });
    });
    assert!(rejected.unwrap().is_empty());
    diagnose(&received, Nanos::MAX).findings
}

pub(crate) fn codes(findings: &[Finding]) -> Vec<(&str, &str)> {
    findings.iter().map(|finding| (finding.code, finding.confidence.as_str())).collect()
}
