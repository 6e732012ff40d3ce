//! `CallSpan` with the middleware of reqwest-tracing.

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use reqwest_tracing::TracingMiddleware;
use telemetry::client::{CallSpan, Headers};
use tracing::Instrument;

use crate::app::harness;
use crate::sink::only;

/// A client with the middleware of reqwest-tracing.
fn client() -> ClientWithMiddleware {
    let builder = ClientBuilder::new(reqwest::Client::new());
    builder.with(TracingMiddleware::<CallSpan>::new()).with(Headers).build()
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
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr();
    let url = format!("http://{}", closed.expect("an address"));
    let root = tracing::info_span!(parent: None, "root");
    let trace_id = async {
        client().get(url).send().await.expect_err("the connection is refused");
        telemetry::trace_id_of_current().expect("a trace")
    }
    .instrument(root)
    .await;
    let spans = harness.sink.trace(&trace_id, 2).await;
    let span = only(&spans, SpanKind::Client);
    assert_eq!((span.text("error.type"), span.status), (Some("connect"), 2));
}
