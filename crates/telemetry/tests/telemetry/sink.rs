//! A backend that keeps what it is sent, and looks at it by trace.

use std::collections::HashMap;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use actix_web::{App, HttpResponse, HttpServer, web};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use prost::Message;

/// Long enough for a slow machine; nothing waits for it when all is well.
const DEADLINE: Duration = Duration::from_secs(20);

#[derive(Clone, Default)]
pub(crate) struct Sink {
    spans: Arc<Mutex<Vec<Span>>>,
    pub(crate) metrics: Arc<Mutex<Vec<ExportMetricsServiceRequest>>>,
    pub(crate) logs: Arc<Mutex<Vec<ExportLogsServiceRequest>>>,
    pub(crate) url: String,
}

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
    pub(crate) resource: HashMap<String, Value>,
}

impl Sink {
    /// Starts on a thread of its own and stays until the process ends.
    pub(crate) fn start() -> Self {
        Self::start_at(([127, 0, 0, 1], 0).into())
    }

    pub(crate) fn start_at(address: std::net::SocketAddr) -> Self {
        let spans = Arc::new(Mutex::new(Vec::new()));
        let (tell, told) = channel();
        let metrics: Arc<Mutex<Vec<ExportMetricsServiceRequest>>> = Arc::default();
        let logs: Arc<Mutex<Vec<ExportLogsServiceRequest>>> = Arc::default();
        let shared = web::Data::from(Arc::clone(&spans));
        let kept = (web::Data::from(Arc::clone(&metrics)), web::Data::from(Arc::clone(&logs)));
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(shared.clone())
                        .app_data(web::PayloadConfig::new(16 << 20))
                        .app_data(kept.0.clone())
                        .app_data(kept.1.clone())
                        .route("/v1/traces", web::post().to(receive))
                        .route("/v1/metrics", web::post().to(keep::<ExportMetricsServiceRequest>))
                        .route("/v1/logs", web::post().to(keep::<ExportLogsServiceRequest>))
                });
                let server = server.workers(1).disable_signals().bind(address).expect("a free port");
                tell.send(server.addrs()[0]).expect("a listener");
                server.run().await.expect("a sink that runs");
            });
        });
        let address = told.recv().expect("an address");
        Self { spans, metrics, logs, url: format!("http://{address}") }
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

async fn keep<T: Message + Default>(kept: web::Data<Mutex<Vec<T>>>, body: web::Bytes) -> HttpResponse {
    kept.lock().expect("no panic").push(T::decode(body).expect("a request that decodes"));
    HttpResponse::Ok().content_type("application/x-protobuf").finish()
}

async fn receive(spans: web::Data<Mutex<Vec<Span>>>, body: web::Bytes) -> HttpResponse {
    let request = ExportTraceServiceRequest::decode(body).expect("a request that decodes");
    let mut spans = spans.lock().expect("no panic");
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
                resource: resource.clone(),
            });
        }
    }
    HttpResponse::Ok().content_type("application/x-protobuf").finish()
}

/// For attributes of events.
pub(crate) fn event_text(event: &Event, key: &str) -> Option<String> {
    let value = event.attributes.iter().find(|pair| pair.key == key)?.value.clone();
    match value {
        Some(AnyValue { value: Some(Value::StringValue(text)) }) => Some(text),
        other => panic!("{key} is {other:?}"),
    }
}
