//! Endpoints whose port speaks another protocol: the warning says which, and what to change.

#[cfg(feature = "grpc")]
use crate::background_server::answering;
use crate::export::stderr_of_failed_export;
#[cfg(feature = "grpc")]
use crate::grpc;
use crate::sink::Sink;
use crate::tls::{self, PemFiles};

/// Asserts that the warning says so.
async fn assert_advice(url: &str, protocol: &str, advice: &str) {
    let files = PemFiles::generate();
    let certificate = files.path_text("ca");
    let more = [("OTEL_EXPORTER_OTLP_PROTOCOL", protocol), ("OTEL_EXPORTER_OTLP_CERTIFICATE", &*certificate)];
    let printed = stderr_of_failed_export(url, &more).await;
    assert!(printed.contains(advice), "{url} {protocol}: {printed}");
}

#[tokio::test]
async fn a_port_without_tls_is_named() {
    let sink = Sink::start();
    assert_advice(&sink.url.replace("http:", "https:"), "http/protobuf", "begin the endpoint with http://")
        .await;
}

#[tokio::test]
async fn a_port_with_tls_is_named() {
    let sink = Sink::start();
    let proxy = tls::proxy(&sink.url, &PemFiles::generate(), None).await.replace("https:", "http:");
    assert_advice(&proxy, "http/protobuf", "begin the endpoint with https://").await;
    #[cfg(feature = "grpc")]
    assert_advice(&proxy, "grpc", "begin the endpoint with https://").await;
}

#[cfg(feature = "grpc")]
#[tokio::test]
async fn grpc_over_tls_to_a_port_without_tls_is_named() {
    let sink = grpc::backend().await;
    assert_advice(&sink.url.replace("http:", "https:"), "grpc", "begin the endpoint with http://").await;
}

#[cfg(feature = "grpc")]
#[tokio::test]
async fn grpc_to_the_port_of_http_is_named() {
    let url = answering("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
    assert_advice(&url, "grpc", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf").await;
}

#[cfg(feature = "grpc")]
#[tokio::test]
async fn http_to_the_port_of_grpc_is_named() {
    let sink = grpc::backend().await;
    assert_advice(&sink.url, "http/protobuf", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc").await;
}
