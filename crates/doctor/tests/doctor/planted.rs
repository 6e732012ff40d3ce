//! Mistakes that no recording has, planted in small traces.

use doctor::{Finding, Received, diagnose};
use serde_json::{Value, json};
use trace_model::{
    Nanos,
    otlp::{read_traces, traces_file_to_protobuf},
};

const SERVER: u8 = 2;
const CLIENT: u8 = 3;
/// The parent is in this process, or in another.
const LOCAL: u32 = 0x101;
const REMOTE: u32 = 0x301;

/// A span; `parent` is 0 for a root. Times are milliseconds.
struct Planted<'a> {
    service: &'a str,
    process: u32,
    trace: u32,
    id: u32,
    parent: u32,
    kind: u8,
    flags: u32,
    times: (u64, u64),
    attributes: Value,
    link: Option<(u32, u32)>,
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
            "kind": self.kind, "name": "GET",
            "startTimeUnixNano": time(self.times.0), "endTimeUnixNano": time(self.times.1),
            "attributes": attributes.map(|(key, value)| attribute(key, value)).collect::<Vec<_>>(),
            "links": links.iter().map(|(trace, id)| json!({ "traceId": trace, "spanId": id })).collect::<Vec<_>>(),
        });
        let resource =
            [attribute("service.name", &json!(self.service)), attribute("process.pid", &json!(self.process))];
        json!({ "resourceSpans": [{
            "resource": { "attributes": resource }, "scopeSpans": [{ "spans": [span] }],
        }] })
        .to_string()
    }
}

/// A call of `web` to `shop` in trace `number`: request, client, and server in the same trace.
fn call<'a>(number: u32, process: u32) -> Vec<Planted<'a>> {
    let start = u64::from(number) * 100;
    let path = format!("/price/{number}");
    let span = |service, id, parent, kind, flags, times, attributes| Planted {
        service,
        process: if service == "shop" { process } else { 1 },
        trace: number,
        id,
        parent,
        kind,
        flags,
        times,
        attributes,
        link: None,
    };
    let url = format!("http://shop:80{path}");
    vec![
        span("web", 1, 0, SERVER, LOCAL, (start, start + 40), json!({ "url.path": "/" })),
        span(
            "web",
            2,
            1,
            CLIENT,
            LOCAL,
            (start + 5, start + 30),
            json!({ "url.full": url, "http.request.method": "GET", "http.response.status_code": 200 }),
        ),
        span(
            "shop",
            3,
            2,
            SERVER,
            REMOTE,
            (start + 10, start + 25),
            json!({ "url.path": path, "http.request.method": "GET", "server.address": "shop", "server.port": 80 }),
        ),
    ]
}

fn findings(spans: &[Planted<'_>]) -> Vec<Finding> {
    let lines: Vec<String> = spans.iter().map(Planted::line).collect();
    let request = traces_file_to_protobuf(lines.join("\n").as_bytes()).unwrap();
    let mut received = Vec::new();
    let rejected = read_traces(&request, |_, origin, span| {
        received.push(Received { origin: *origin, span, arrived: Nanos::ZERO });
    });
    assert!(rejected.unwrap().is_empty());
    diagnose(&received, Nanos::MAX).findings
}

fn codes(findings: &[Finding]) -> Vec<(&str, &str)> {
    findings.iter().map(|finding| (finding.code, finding.confidence.as_str())).collect()
}

#[test]
fn whole_calls_have_no_finding() {
    let spans: Vec<Planted<'_>> = (1..8).flat_map(|number| call(number, 2)).collect();
    assert_eq!(codes(&findings(&spans)), []);
}

#[test]
fn a_server_that_links_instead_of_continuing_is_a_public_endpoint() {
    let mut spans: Vec<Planted<'_>> = (1..5).flat_map(|number| call(number, 2)).collect();
    for span in spans.iter_mut().filter(|span| span.service == "shop") {
        span.link = Some((span.trace, span.parent));
        (span.trace, span.parent, span.flags) = (span.trace + 100, 0, LOCAL);
    }
    let findings = findings(&spans);
    assert_eq!(codes(&findings), [("public-endpoint-inside", "certain")]);
    assert_eq!(findings[0].joins.len(), 4);
}

#[test]
fn a_process_that_is_followed_by_another_was_killed() {
    let whole = (1..4).flat_map(|number| call(number, 2));
    let lost = (4..8).flat_map(|number| call(number, 2).into_iter().filter(|span| span.service != "shop"));
    let after = (8..12).flat_map(|number| call(number, 3));
    let spans: Vec<Planted<'_>> = whole.chain(lost).chain(after).collect();
    let findings = findings(&spans);
    assert_eq!(codes(&findings), [("service-exports-nothing", "likely")]);
    assert_eq!((findings[0].occurrences.affected, findings[0].hop.to.as_deref()), (4, Some("shop")));
}

/// Nothing tells a filtered route from a lost one.
#[test]
fn calls_that_are_not_answered_say_nothing_where_the_process_goes_on() {
    let spans: Vec<Planted<'_>> = (1..12)
        .flat_map(|number| {
            let keeps = move |span: &Planted<'_>| span.service != "shop" || number % 2 == 0;
            call(number, 2).into_iter().filter(keeps)
        })
        .collect();
    // Even and odd ids lie on no two sides of a threshold.
    assert_eq!(codes(&findings(&spans)), []);
}

#[test]
fn two_split_calls_may_be_chance_and_three_are_a_hop() {
    for (split, expected) in [(2, None), (3, Some("context-lost-between-services"))] {
        let mut spans: Vec<Planted<'_>> = (1..=split).flat_map(|number| call(number, 2)).collect();
        for span in spans.iter_mut().filter(|span| span.service == "shop") {
            (span.trace, span.parent, span.flags) = (span.trace + 100, 0, LOCAL);
        }
        let findings = findings(&spans);
        assert_eq!(findings.first().map(|finding| finding.code), expected, "{findings:#?}");
    }
}

#[test]
fn ids_that_repeat_are_named_and_nothing_else_is_said_of_their_traces() {
    let mut spans: Vec<Planted<'_>> = (1..5).flat_map(|number| call(number, 2)).collect();
    let again: Vec<Planted<'_>> = (1..5)
        .flat_map(|number| call(number, 4))
        .filter(|span| span.service == "shop")
        .map(|span| Planted { times: (span.times.0 + 3_000, span.times.1 + 3_000), ..span })
        .collect();
    spans.extend(again);
    assert_eq!(codes(&findings(&spans)), [("span-ids-repeat", "cannot be told apart")]);
}

#[test]
fn a_process_without_a_name_is_named_by_its_default() {
    let mut spans: Vec<Planted<'_>> = call(1, 2);
    spans
        .iter_mut()
        .filter(|span| span.service == "shop")
        .for_each(|span| span.service = "unknown_service:java");
    assert_eq!(codes(&findings(&spans)), [("service-name-missing", "certain")]);
}

#[test]
fn a_credential_is_reported_by_its_key_and_never_shown() {
    let mut spans = call(1, 2);
    spans[0].attributes = json!({ "app.header": "Bearer abcdef0123456789abcdef" });
    let findings = findings(&spans);
    assert_eq!(codes(&findings), [("secret-in-attribute", "likely")]);
    let shown = format!("{findings:?}");
    assert!(shown.contains("app.header") && !shown.contains("0123456789"), "{shown}");
}

/// `shop` has no tracing, and calls `stock` by another path.
#[test]
fn a_service_without_tracing_in_the_middle_is_named_by_its_address() {
    let mut spans: Vec<Planted<'_>> = (1..7).flat_map(|number| call(number, 2)).collect();
    for span in spans.iter_mut().filter(|span| span.service == "shop") {
        span.service = "stock";
        (span.trace, span.parent, span.flags) = (span.trace + 100, 0, LOCAL);
        let path = format!("/reserve/{}", span.trace - 100);
        span.attributes = json!({ "url.path": path, "http.request.method": "GET", "server.address": "stock", "server.port": 80 });
    }
    let findings = findings(&spans);
    assert_eq!(codes(&findings), [("untraced-hop", "cannot be told apart")]);
    assert!(findings[0].summary.contains("shop:80"), "{}", findings[0].summary);
    assert_eq!((findings[0].joins.len(), findings[0].hop.to.as_deref()), (6, Some("stock")));
}
