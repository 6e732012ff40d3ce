//! A backend that keeps what it is sent, and looks at it by trace.

use std::collections::HashMap;
use std::io::Read;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use prost::Message;
use serde::de::DeserializeOwned;

/// Long enough for a slow machine; nothing waits for it when all is well.
const DEADLINE: Duration = Duration::from_secs(20);

#[derive(Clone, Default)]
pub(crate) struct Sink {
    pub(crate) spans: Arc<Mutex<Vec<Span>>>,
    pub(crate) metrics: Arc<Mutex<Vec<ExportMetricsServiceRequest>>>,
    pub(crate) logs: Arc<Mutex<Vec<ExportLogsServiceRequest>>>,
    /// The headers of every request, by path.
    pub(crate) heads: Arc<Mutex<Vec<Head>>>,
    pub(crate) url: String,
}

/// The path of a request, and its headers.
type Head = (String, HashMap<String, String>);

/// One span that arrived.
#[expect(clippy::struct_field_names, reason = "OTLP's own names")]
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
    pub(crate) parent: String,
    pub(crate) trace_state: String,
    pub(crate) flags: u32,
    pub(crate) name: String,
    pub(crate) kind: SpanKind,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) attributes: HashMap<String, Value>,
    pub(crate) events: Vec<Event>,
    pub(crate) links: Vec<Link>,
    /// 0 unset, 1 ok, 2 error
    pub(crate) status: i32,
    /// Dropped attributes, events and links.
    pub(crate) dropped: [u32; 3],
    pub(crate) resource: HashMap<String, Value>,
}

impl Sink {
    /// Starts on a thread of its own and stays until the process ends.
    pub(crate) fn start() -> Self {
        Self::start_at(([127, 0, 0, 1], 0).into())
    }

    pub(crate) fn start_at(address: std::net::SocketAddr) -> Self {
        let mut sink = Self::default();
        let (tell, told) = channel();
        let shared = sink.clone();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(web::Data::new(shared.clone()))
                        .app_data(web::PayloadConfig::new(16 << 20))
                        .route("/v1/traces", web::post().to(traces))
                        .route("/v1/metrics", web::post().to(metrics))
                        .route("/v1/logs", web::post().to(logs))
                });
                let server = server.workers(1).disable_signals().bind(address).expect("a free port");
                tell.send(server.addrs()[0]).expect("a listener");
                server.run().await.expect("a sink that runs");
            });
        });
        let address = told.recv().expect("an address");
        sink.url = format!("http://{address}");
        sink
    }

    /// The header of the requests to `path`, which all say the same.
    pub(crate) fn header(&self, path: &str, name: &str) -> Option<String> {
        let heads = self.heads.lock().expect("no panic");
        let mut values = heads.iter().filter(|(to, _)| to == path).map(|(_, head)| head.get(name).cloned());
        let first = values.next().unwrap_or_else(|| panic!("nothing came to {path}: {heads:?}"));
        assert!(values.all(|value| value == first), "{heads:?}");
        first
    }

    /// Keeps the spans of a request.
    pub(crate) fn keep(&self, request: ExportTraceServiceRequest) {
        self.spans.lock().expect("no panic").extend(spans(request));
    }

    pub(crate) fn all(&self) -> Vec<Span> {
        self.spans.lock().expect("no panic").clone()
    }

    /// The spans of a trace, once there are `count` of them.
    pub(crate) async fn trace(&self, trace_id: &str, count: usize) -> Vec<Span> {
        let spans = self.until(|all| {
            let spans: Vec<Span> = all.iter().filter(|span| span.trace_id == trace_id).cloned().collect();
            (spans.len() >= count).then_some(spans)
        });
        let spans = spans.await;
        assert_eq!(spans.len(), count, "{:?}", spans.iter().map(|span| &span.name).collect::<Vec<_>>());
        spans
    }

    /// Polls until `look` finds what it looks for.
    pub(crate) async fn until<T>(&self, look: impl Fn(&[Span]) -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = look(&self.spans.lock().expect("no panic")) {
                return found;
            }
            assert!(began.elapsed() < DEADLINE, "not found among {:#?}", self.all());
            actix_web::rt::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Span {
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match self.attributes.get(key)? {
            Value::StringValue(text) => Some(text),
            other => panic!("{key} is {other:?}, not a string"),
        }
    }

    pub(crate) fn integer(&self, key: &str) -> Option<i64> {
        match self.attributes.get(key)? {
            Value::IntValue(number) => Some(*number),
            other => panic!("{key} is {other:?}, not an integer"),
        }
    }

    pub(crate) fn event(&self, name: &str) -> &Event {
        self.events
            .iter()
            .find(|event| event.name == name)
            .unwrap_or_else(|| panic!("no {name} in {self:#?}"))
    }
}

/// The only one of this kind.
pub(crate) fn only(spans: &[Span], kind: SpanKind) -> &Span {
    let found: Vec<&Span> = spans.iter().filter(|span| span.kind == kind).collect();
    assert_eq!(found.len(), 1, "{spans:#?}");
    found[0]
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

pub(crate) fn attributes(list: &[KeyValue]) -> HashMap<String, Value> {
    list.iter().filter_map(|pair| Some((pair.key.clone(), pair.value.clone()?.value?))).collect()
}

async fn traces(sink: web::Data<Sink>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    sink.keep(sink.decoded(&request, &body));
    answer(&request)
}

async fn metrics(sink: web::Data<Sink>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let metrics = sink.decoded(&request, &body);
    sink.metrics.lock().expect("no panic").push(metrics);
    answer(&request)
}

async fn logs(sink: web::Data<Sink>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let logs = sink.decoded(&request, &body);
    sink.logs.lock().expect("no panic").push(logs);
    answer(&request)
}

fn text<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    request.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

fn answer(request: &HttpRequest) -> HttpResponse {
    let kind = text(request, "content-type").to_owned();
    let body = if kind == "application/json" { "{}" } else { "" };
    HttpResponse::Ok().content_type(kind).body(body)
}

impl Sink {
    fn decoded<T: Message + Default + DeserializeOwned>(&self, request: &HttpRequest, body: &[u8]) -> T {
        let head = request.headers().iter();
        let head = head.map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()));
        self.heads.lock().expect("no panic").push((request.path().to_owned(), head.collect()));
        let mut plain = Vec::new();
        match text(request, "content-encoding") {
            "" => plain.extend_from_slice(body),
            "gzip" => {
                GzDecoder::new(body).read_to_end(&mut plain).expect("gzip");
            }
            other => panic!("{other} was not asked for"),
        }
        match text(request, "content-type") {
            "application/x-protobuf" => T::decode(&plain[..]).expect("a request that decodes"),
            "application/json" => serde_json::from_slice(&plain).expect("a request that decodes"),
            other => panic!("{other} is not OTLP"),
        }
    }
}

fn spans(request: ExportTraceServiceRequest) -> Vec<Span> {
    let mut spans = Vec::new();
    for group in request.resource_spans {
        let resource = attributes(&group.resource.unwrap_or_default().attributes);
        for span in group.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            let attributes_count = span.attributes.len();
            let attributes = attributes(&span.attributes);
            assert_eq!(attributes.len(), attributes_count, "a key twice in {:?}", span.attributes);
            let status = span.status.clone().unwrap_or_default();
            spans.push(Span {
                trace_id: hex(&span.trace_id),
                span_id: hex(&span.span_id),
                parent: hex(&span.parent_span_id),
                trace_state: span.trace_state.clone(),
                flags: span.flags,
                kind: span.kind(),
                name: span.name,
                start: span.start_time_unix_nano,
                end: span.end_time_unix_nano,
                attributes,
                events: span.events,
                links: span.links,
                status: status.code,
                dropped: [span.dropped_attributes_count, span.dropped_events_count, span.dropped_links_count],
                resource: resource.clone(),
            });
        }
    }
    spans
}

/// For attributes of events.
pub(crate) fn event_text(event: &Event, key: &str) -> Option<String> {
    let value = event.attributes.iter().find(|pair| pair.key == key)?.value.clone();
    match value {
        Some(AnyValue { value: Some(Value::StringValue(text)) }) => Some(text),
        other => panic!("{key} is {other:?}"),
    }
}
