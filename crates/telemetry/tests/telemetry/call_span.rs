//! The client span as part of reqwest-tracing: `CallSpan` with its middleware, and the extensions of a request.

use http::Extensions;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, RequestBuilder};
use reqwest_tracing::{
    DefaultSpanBackend, DisableOtelPropagation, OtelName, OtelPathNames, ReqwestOtelSpanBackend,
    TracingMiddleware,
};
use telemetry::OpenTelemetrySpanExt;
use telemetry::client::{CallSpan, Companion};
use tracing::Instrument;

use crate::app::{self, harness};
use crate::closed_port::ClosedPort;
use crate::sink::{Span, only};

/// A client with the middleware of reqwest-tracing.
fn client() -> ClientWithMiddleware {
    let builder = ClientBuilder::new(reqwest::Client::new());
    builder.with(TracingMiddleware::<CallSpan>::new()).with(Companion).build()
}

#[tokio::test]
async fn reqwest_tracing_middleware_creates_and_propagates_the_client_span() {
    let harness = harness();
    let root = tracing::info_span!(parent: None, "root");
    let trace_id = async {
        let response = client().get(format!("{}/hello/x", harness.url)).send().await.expect("a response");
        response.text().await.expect("a body");
        telemetry::trace_id_of_current().expect("a trace")
    }
    .instrument(root)
    .await;
    let spans = harness.sink.trace(&trace_id, 3).await;
    let (client, server) = (only(&spans, SpanKind::Client), only(&spans, SpanKind::Server));
    assert_eq!((client.name.as_str(), client.status), ("GET", 0));
    assert_eq!(client.integer("http.response.status_code"), Some(200));
    assert_eq!(server.parent, client.span_id);
}

#[tokio::test]
async fn refused_connection_sets_error_status_under_reqwest_tracing() {
    let harness = harness();
    let closed = ClosedPort::new();
    let root = tracing::info_span!(parent: None, "root");
    let trace_id = async {
        client().get(closed.url()).send().await.expect_err("the connection is refused");
        telemetry::trace_id_of_current().expect("a trace")
    }
    .instrument(root)
    .await;
    let spans = harness.sink.trace(&trace_id, 2).await;
    let span = only(&spans, SpanKind::Client);
    assert_eq!((span.text("error.type"), span.status), (Some("connect"), 2));
}

/// Sends a request within a root span. Returns the trace, which has `count` spans, and the id of the server's trace.
async fn trace_of(request: RequestBuilder, count: usize) -> (Vec<Span>, String) {
    let root = tracing::info_span!(parent: None, "root");
    let (trace_id, called) = async {
        let response = request.send().await.expect("a response");
        let called = response.headers()["traceresponse"].to_str().expect("text")[3..35].to_owned();
        response.text().await.expect("a body");
        (telemetry::trace_id_of_current().expect("a trace"), called)
    }
    .instrument(root)
    .await;
    (harness().sink.trace(&trace_id, count).await, called)
}

#[tokio::test]
async fn name_of_a_request_is_the_name_of_its_client_span() {
    let request = app::client().get(format!("{}/hello/x", harness().url));
    let (spans, _) = trace_of(request.with_extension(OtelName("greet".into())), 3).await;
    assert_eq!(only(&spans, SpanKind::Client).name, "greet");
}

#[tokio::test]
async fn known_path_of_a_request_is_part_of_the_name() {
    let known = OtelPathNames::known_paths(["/hello/{name}", "/other"]).expect("valid paths");
    let request =
        |path: &str| app::client().get(format!("{}{path}", harness().url)).with_extension(known.clone());
    let (spans, _) = trace_of(request("/hello/x"), 3).await;
    assert_eq!(only(&spans, SpanKind::Client).name, "GET /hello/{name}");
    let (spans, _) = trace_of(request("/fails"), 3).await;
    assert_eq!(only(&spans, SpanKind::Client).name, "GET");
}

#[tokio::test]
async fn disabled_propagation_sends_no_headers_and_keeps_the_client_span() {
    let request = app::client().get(format!("{}/hello/x", harness().url));
    let (spans, called) = trace_of(request.with_extension(DisableOtelPropagation), 2).await;
    let client = only(&spans, SpanKind::Client);
    assert_ne!(client.trace_id, called);
    assert!(client.events.is_empty(), "{:?}", client.events);
    assert!(client.end > client.start);
}

#[tokio::test]
async fn client_without_the_companion_causes_a_warning() {
    let builder = ClientBuilder::new(reqwest::Client::new()).with(TracingMiddleware::<CallSpan>::new());
    let request = builder.build().get(format!("{}/hello/x", harness().url));
    let (spans, called) = trace_of(request, 2).await;
    let client = only(&spans, SpanKind::Client);
    assert_ne!(client.trace_id, called);
    let warning = &client.events[0].name;
    assert!(warning.contains("telemetry::client::Companion directly after TracingMiddleware"), "{warning}");
}

/// The service that a request is sent to.
#[derive(Clone)]
struct Peer(&'static str);

/// Adds an attribute at the start, and another one at the end.
struct PeerSpan;

impl ReqwestOtelSpanBackend for PeerSpan {
    fn on_request_start(request: &Request, extensions: &mut Extensions) -> tracing::Span {
        let span = CallSpan::on_request_start(request, extensions);
        if let Some(Peer(name)) = extensions.get() {
            span.set_attribute("service.peer.name", *name);
        }
        span
    }

    fn on_request_end(
        span: &tracing::Span,
        outcome: &reqwest_middleware::Result<Response>,
        extensions: &mut Extensions,
    ) {
        span.set_attribute("app.answered", outcome.is_ok());
        CallSpan::on_request_end(span, outcome, extensions);
    }
}

#[tokio::test]
async fn a_span_backend_of_the_application_adds_to_the_client_span() {
    let builder = ClientBuilder::new(reqwest::Client::new());
    let client = telemetry::client::instrument_with::<PeerSpan>(builder).build();
    let request = client.get(format!("{}/hello/x", harness().url)).with_extension(Peer("greeter"));
    let (spans, called) = trace_of(request.with_extension(OtelName("greet".into())), 3).await;
    let span = only(&spans, SpanKind::Client);
    assert_eq!((&*span.name, span.text("service.peer.name")), ("greet", Some("greeter")));
    assert!(span.attributes.contains_key("app.answered"));
    assert_eq!((span.integer("http.response.status_code"), &span.trace_id), (Some(200), &called));
    assert_eq!(only(&spans, SpanKind::Server).parent, span.span_id);
}

#[tokio::test]
async fn a_span_backend_that_knows_nothing_of_this_crate_makes_a_span_of_its_own() {
    let builder = ClientBuilder::new(reqwest::Client::new());
    let client = telemetry::client::instrument_with::<DefaultSpanBackend>(builder).build();
    let (spans, called) = trace_of(client.get(format!("{}/hello/x", harness().url)), 3).await;
    let span = only(&spans, SpanKind::Client);
    assert_eq!((span.text("http.request.method"), &span.trace_id), (Some("GET"), &called));
    assert_eq!(only(&spans, SpanKind::Server).parent, span.span_id);
}
