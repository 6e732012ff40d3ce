//! OTLP over gRPC with the official generated client.

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
async fn traces_arrive_plain_and_gzipped() {
    let waterfall = Waterfall::start();
    let channel = channel(&waterfall).await;
    let plain = TraceServiceClient::new(channel.clone());
    let gzipped = TraceServiceClient::new(channel).send_compressed(CompressionEncoding::Gzip);
    for (trace, mut client) in [(1, plain), (2, gzipped)] {
        let body = request(vec![of_service("shop", vec![span(trace, 1, 0, "buy")])]);
        let answer = client.export(body).await.unwrap().into_inner();
        assert_eq!(answer, ExportTraceServiceResponse::default());
        assert_eq!(
            waterfall.json(&format!("/api/ui/traces/{}", trace_hex(trace))).await["rows"][0]["name"],
            "buy"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_kept_is_a_partial_success() {
    let waterfall = Waterfall::start();
    let mut bad = span(7, 2, 1, "bad");
    bad.trace_id.clear();
    let body = request(vec![of_service("shop", vec![span(7, 1, 0, "buy"), bad])]);
    let answer = TraceServiceClient::new(channel(&waterfall).await).export(body).await.unwrap().into_inner();
    assert_eq!(answer.partial_success.unwrap().rejected_spans, 1);
}

#[tokio::test]
async fn metrics_and_logs_are_answered_too() {
    let waterfall = Waterfall::start();
    let channel = channel(&waterfall).await;
    MetricsServiceClient::new(channel.clone()).export(ExportMetricsServiceRequest::default()).await.unwrap();
    LogsServiceClient::new(channel).export(ExportLogsServiceRequest::default()).await.unwrap();
}

#[tokio::test]
async fn a_message_past_the_limit_exhausts_a_resource() {
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
async fn a_running_connection_does_not_hold_up_the_stop() {
    let mut waterfall = Waterfall::start();
    let channel = channel(&waterfall).await;
    TraceServiceClient::new(channel.clone()).export(request(vec![])).await.unwrap();
    waterfall.signal("-TERM");
    assert!(waterfall.wait().success());
    drop(channel);
}
