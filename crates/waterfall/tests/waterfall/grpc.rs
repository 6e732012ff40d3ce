//! OTLP over gRPC, with the official generated client.

use opentelemetry_proto::tonic::collector::{
    logs::v1::{ExportLogsServiceRequest, logs_service_client::LogsServiceClient},
    metrics::v1::{ExportMetricsServiceRequest, metrics_service_client::MetricsServiceClient},
    trace::v1::{ExportTraceServiceResponse, trace_service_client::TraceServiceClient},
};
use tonic::{Code, codec::CompressionEncoding, transport::Channel};

use crate::{
    process::Waterfall,
    spans::{of_service, request, span, trace_hex},
};

async fn channel(waterfall: &Waterfall) -> Channel {
    Channel::from_shared(waterfall.ready.otlp_grpc.clone()).unwrap().connect().await.unwrap()
}

#[tokio::test]
async fn plain_and_gzipped_traces_are_stored() {
    let waterfall = Waterfall::start();
    let channel = channel(&waterfall).await;
    let plain = TraceServiceClient::new(channel.clone());
    let gzipped = TraceServiceClient::new(channel).send_compressed(CompressionEncoding::Gzip);
    for (trace, mut client) in [(1, plain), (2, gzipped)] {
        let body = request(vec![of_service("shop", vec![span(trace, 1, 0, "buy")])]);
        let response = client.export(body).await.unwrap().into_inner();
        assert_eq!(response, ExportTraceServiceResponse::default());
        assert_eq!(
            waterfall.json(&format!("/api/ui/traces/{}", trace_hex(trace))).await["rows"][0]["name"],
            "buy"
        );
    }
}

#[tokio::test]
async fn rejected_spans_are_a_partial_success() {
    let waterfall = Waterfall::start();
    let mut bad = span(7, 2, 1, "bad");
    bad.trace_id.clear();
    let body = request(vec![of_service("shop", vec![span(7, 1, 0, "buy"), bad])]);
    let response =
        TraceServiceClient::new(channel(&waterfall).await).export(body).await.unwrap().into_inner();
    assert_eq!(response.partial_success.unwrap().rejected_spans, 1);
}

#[tokio::test]
async fn metrics_and_logs_are_accepted() {
    let waterfall = Waterfall::start();
    let channel = channel(&waterfall).await;
    MetricsServiceClient::new(channel.clone()).export(ExportMetricsServiceRequest::default()).await.unwrap();
    LogsServiceClient::new(channel).export(ExportLogsServiceRequest::default()).await.unwrap();
}

#[tokio::test]
async fn a_message_above_the_limit_is_resource_exhausted() {
    let waterfall = Waterfall::with(&[("WATERFALL_BODY_LIMIT", "1MiB")]);
    let channel = channel(&waterfall).await;
    let spans: Vec<_> = (1..40_000).map(|id| span(7, id, 0, "a long enough name")).collect();
    let body = request(vec![of_service("shop", spans)]);
    for mut client in [
        TraceServiceClient::new(channel.clone()),
        TraceServiceClient::new(channel).send_compressed(CompressionEncoding::Gzip),
    ] {
        let status = client.export(body.clone()).await.unwrap_err();
        assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
    }
}

#[tokio::test]
async fn an_open_connection_does_not_delay_shutdown() {
    let mut waterfall = Waterfall::start();
    let channel = channel(&waterfall).await;
    TraceServiceClient::new(channel.clone()).export(request(vec![])).await.unwrap();
    waterfall.signal("-TERM");
    assert!(waterfall.wait().success());
    drop(channel);
}
