//! OTLP/HTTP backend that records what it receives and finds spans by trace.

use std::collections::HashMap;
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
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

/// Limit of a poll, long enough for a slow machine. Successful tests do not reach it.
const DEADLINE: Duration = Duration::from_secs(20);

#[derive(Clone, Default)]
pub(crate) struct Sink {
    pub(crate) spans: Arc<Mutex<Vec<Span>>>,
    pub(crate) metrics: Arc<Mutex<Vec<ExportMetricsServiceRequest>>>,
    pub(crate) logs: Arc<Mutex<Vec<ExportLogsServiceRequest>>>,
    /// Path and headers of every request.
    pub(crate) request_headers: Arc<Mutex<Vec<RequestHeaders>>>,
    /// The schema URLs of resources and scopes, by signal.
    pub(crate) schema_urls: Arc<Mutex<HashMap<&'static str, Vec<String>>>>,
    pub(crate) url: String,
    /// How many requests were refused as too large.
    pub(crate) refused: Arc<AtomicUsize>,
}

/// Path and headers of a request.
type RequestHeaders = (String, HashMap<String, String>);

/// A received span.
#[expect(clippy::struct_field_names, reason = "names of OTLP")]
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
    pub(crate) status_message: String,
    /// Dropped attributes, events and links.
    pub(crate) dropped: [u32; 3],
    pub(crate) resource: HashMap<String, Value>,
}

impl Sink {
    /// Starts on a separate thread and runs until the process ends.
    pub(crate) fn start() -> Self {
        Self::start_at(([127, 0, 0, 1], 0).into())
    }

    /// Refuses bodies of more bytes with 413.
    pub(crate) fn with_limit(bytes: usize) -> Self {
        Self::start_with(([127, 0, 0, 1], 0).into(), bytes)
    }

    pub(crate) fn start_at(address: std::net::SocketAddr) -> Self {
        Self::start_with(address, 16 << 20)
    }

    fn start_with(address: std::net::SocketAddr, limit: usize) -> Self {
        let mut sink = Self::default();
        let (address_sender, address_receiver) = channel();
        let shared = sink.clone();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(web::Data::new(shared.clone()))
                        .app_data(web::PayloadConfig::new(limit))
                        .route("/v1/traces", web::post().to(traces))
                        .route("/v1/metrics", web::post().to(metrics))
                        .route("/v1/logs", web::post().to(logs))
                });
                let server = server.workers(1).disable_signals().bind(address).expect("a free port");
                address_sender.send(server.addrs()[0]).expect("a listener");
                server.run().await.expect("the sink runs");
            });
        });
        let address = address_receiver.recv().expect("an address");
        sink.url = format!("http://{address}");
        sink
    }

    /// The value of this header, which must be the same in all requests to `path`.
    pub(crate) fn header(&self, path: &str, name: &str) -> Option<String> {
        let request_headers = self.request_headers.lock().expect("no panic");
        let mut values = request_headers
            .iter()
            .filter(|(to, _)| to == path)
            .map(|(_, headers)| headers.get(name).cloned());
        let first = values.next().unwrap_or_else(|| panic!("no request to {path}: {request_headers:?}"));
        assert!(values.all(|value| value == first), "{request_headers:?}");
        first
    }

    /// Records the spans of a request.
    pub(crate) fn record_spans(&self, request: ExportTraceServiceRequest) {
        for resource in &request.resource_spans {
            let scopes = resource.scope_spans.iter().map(|scope| &scope.schema_url);
            self.record_schema_urls("traces", &resource.schema_url, scopes);
        }
        self.spans.lock().expect("no panic").extend(spans(request));
    }

    fn record_schema_urls<'a>(
        &self,
        signal: &'static str,
        resource: &'a String,
        scopes: impl Iterator<Item = &'a String>,
    ) {
        let mut urls = self.schema_urls.lock().expect("no panic");
        urls.entry(signal).or_default().extend([resource].into_iter().chain(scopes).cloned());
    }

    pub(crate) fn all(&self) -> Vec<Span> {
        self.spans.lock().expect("no panic").clone()
    }

    /// Waits for `count` spans of a trace. Fails if there are more.
    pub(crate) async fn trace(&self, trace_id: &str, count: usize) -> Vec<Span> {
        let spans = self.until(|all| {
            let spans: Vec<Span> = all.iter().filter(|span| span.trace_id == trace_id).cloned().collect();
            (spans.len() >= count).then_some(spans)
        });
        let spans = spans.await;
        assert_eq!(spans.len(), count, "{:?}", spans.iter().map(|span| &span.name).collect::<Vec<_>>());
        spans
    }

    /// Polls the recorded spans until `find` returns a value.
    pub(crate) async fn until<T>(&self, find: impl Fn(&[Span]) -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(found) = find(&self.spans.lock().expect("no panic")) {
                return found;
            }
            assert!(started.elapsed() < DEADLINE, "not found among {:#?}", self.all());
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

/// The only span of this kind.
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

/// actix answers 413 to a body above the limit.
async fn traces(
    sink: web::Data<Sink>,
    request: HttpRequest,
    body: Result<web::Bytes, actix_web::Error>,
) -> actix_web::Result<HttpResponse> {
    let body = body.inspect_err(|_| {
        sink.refused.fetch_add(1, Ordering::Relaxed);
    })?;
    sink.record_spans(sink.decode(&request, &body));
    Ok(response(&request))
}

async fn metrics(sink: web::Data<Sink>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let metrics: ExportMetricsServiceRequest = sink.decode(&request, &body);
    for resource in &metrics.resource_metrics {
        let scopes = resource.scope_metrics.iter().map(|scope| &scope.schema_url);
        sink.record_schema_urls("metrics", &resource.schema_url, scopes);
    }
    sink.metrics.lock().expect("no panic").push(metrics);
    response(&request)
}

async fn logs(sink: web::Data<Sink>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let logs: ExportLogsServiceRequest = sink.decode(&request, &body);
    for resource in &logs.resource_logs {
        let scopes = resource.scope_logs.iter().map(|scope| &scope.schema_url);
        sink.record_schema_urls("logs", &resource.schema_url, scopes);
    }
    sink.logs.lock().expect("no panic").push(logs);
    response(&request)
}

fn text<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    request.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

fn response(request: &HttpRequest) -> HttpResponse {
    let kind = text(request, "content-type").to_owned();
    let body = if kind == "application/json" { "{}" } else { "" };
    HttpResponse::Ok().content_type(kind).body(body)
}

impl Sink {
    fn decode<T: Message + Default + DeserializeOwned>(&self, request: &HttpRequest, body: &[u8]) -> T {
        let headers = request.headers().iter();
        let headers =
            headers.map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()));
        self.request_headers.lock().expect("no panic").push((request.path().to_owned(), headers.collect()));
        let mut plain = Vec::new();
        match text(request, "content-encoding") {
            "" => plain.extend_from_slice(body),
            "gzip" => {
                GzDecoder::new(body).read_to_end(&mut plain).expect("gzip");
            }
            other => panic!("unexpected content encoding {other}"),
        }
        match text(request, "content-type") {
            "application/x-protobuf" => T::decode(&plain[..]).expect("a valid request"),
            "application/json" => serde_json::from_slice(&plain).expect("a valid request"),
            other => panic!("{other} is not a content type of OTLP"),
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
            let is_unique = attributes.len() == attributes_count || !crate::KEYS_ARE_UNIQUE;
            assert!(is_unique, "duplicate key in {:?}", span.attributes);
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
                status_message: status.message,
                dropped: [span.dropped_attributes_count, span.dropped_events_count, span.dropped_links_count],
                resource: resource.clone(),
            });
        }
    }
    spans
}

/// A string attribute of an event.
pub(crate) fn event_text(event: &Event, key: &str) -> Option<String> {
    let value = event.attributes.iter().find(|pair| pair.key == key)?.value.clone();
    match value {
        Some(AnyValue { value: Some(Value::StringValue(text)) }) => Some(text),
        other => panic!("{key} is {other:?}"),
    }
}
