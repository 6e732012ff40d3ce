//! Receivers that refuse large requests: nothing that they would take in parts is lost, and every span is counted.

use crate::relay::{Relay, recording_server};
use crate::sink::Sink;

/// Calls of the relay. Each makes two spans.
const CALLS: usize = 40;
/// A fifth of the batch of all spans.
const LIMIT: usize = 4_000;

/// Everything in one batch, at shutdown.
fn variables<'a>(url: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut variables = vec![("OTEL_EXPORTER_OTLP_ENDPOINT", url), ("OTEL_BSP_SCHEDULE_DELAY", "60000")];
    variables.extend(more);
    variables
}

async fn call(relay: &Relay, times: usize) {
    let (to, _requests) = recording_server().await;
    for _ in 0..times {
        assert_eq!(relay.call(&[], &to).await.status(), 200);
    }
}

async fn assert_all_arrive(sink: &Sink, more: &[(&str, &str)]) {
    let relay = Relay::start(&variables(&sink.url, more));
    call(&relay, CALLS).await;
    let (_, success, printed) = relay.stop();
    assert!(success, "{printed}");
    assert!(printed.contains("a batch was refused as too large and is sent in parts"), "{printed}");
    let ids: std::collections::BTreeSet<_> = sink.all().into_iter().map(|span| span.span_id).collect();
    assert_eq!((sink.all().len(), ids.len()), (2 * CALLS, 2 * CALLS), "each span once");
}

#[tokio::test]
async fn a_batch_that_http_refuses_with_413_arrives_in_parts() {
    for more in [&[][..], &[("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]] {
        assert_all_arrive(&Sink::with_limit(LIMIT), more).await;
    }
}

#[cfg(feature = "grpc")]
#[tokio::test]
async fn a_batch_that_grpc_refuses_as_too_large_arrives_in_parts() {
    let sink = crate::grpc::backend_with_limit(LIMIT).await;
    assert_all_arrive(&sink, &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]).await;
}

#[tokio::test]
async fn a_span_that_is_too_large_alone_costs_no_other_span() {
    let sink = Sink::with_limit(LIMIT);
    let relay = Relay::start(&variables(&sink.url, &[]));
    call(&relay, 5).await;
    // Its user agent and query have 2,048 characters each.
    let long = "a".repeat(4_000);
    let url = format!("http://{}/relay?{long}", relay.address());
    let request = reqwest::Client::new().post(url).header("user-agent", &long).json(&[(); 0]);
    assert_eq!(request.send().await.expect("a response").status(), 200);
    call(&relay, 5).await;
    let (_, success, printed) = relay.stop();
    assert!(!success && printed.contains("error: 1 spans were dropped since"), "{printed}");
    // Sent and dropped are what was made.
    assert_eq!(sink.all().len(), 2 * 10);
}

#[tokio::test]
async fn a_limit_that_was_learned_is_kept_before_anything_is_sent() {
    let sink = Sink::with_limit(LIMIT);
    let more = [("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "20")];
    let relay = Relay::start(&variables(&sink.url, &more));
    call(&relay, CALLS).await;
    let (_, success, printed) = relay.stop();
    assert!(success, "{printed}");
    assert_eq!(sink.all().len(), 2 * CALLS);
    assert_eq!(printed.matches("is sent in parts").count(), 1, "only the first of four batches: {printed}");
}

#[tokio::test]
async fn a_receiver_that_refuses_everything_as_too_large_is_asked_a_bounded_number_of_times() {
    let sink = Sink::with_limit(1);
    let relay = Relay::start(&variables(&sink.url, &[]));
    call(&relay, 100).await;
    let (_, success, printed) = relay.stop();
    assert!(!success && printed.contains("error: 200 spans were dropped since"), "{printed}");
    let requests = sink.refused.load(std::sync::atomic::Ordering::Relaxed);
    assert!(requests < 50, "{requests}");
}

/// The texts of all received log records.
fn log_texts(sink: &Sink) -> Vec<String> {
    let requests = sink.logs.lock().expect("no panic");
    let resources = requests.iter().flat_map(|request| &request.resource_logs);
    let records = resources.flat_map(|resource| &resource.scope_logs).flat_map(|scope| &scope.log_records);
    records.map(|record| format!("{:?} {:?}", record.body, record.attributes)).collect()
}

/// The names of all received metrics, sorted.
fn metric_names(sink: &Sink) -> Vec<String> {
    let requests = sink.metrics.lock().expect("no panic");
    let resources = requests.iter().flat_map(|request| &request.resource_metrics);
    let metrics = resources.flat_map(|resource| &resource.scope_metrics).flat_map(|scope| &scope.metrics);
    let mut names: Vec<String> = metrics.map(|metric| metric.name.clone()).collect();
    names.sort_unstable();
    names
}

/// Log records and metrics alone, each in one request at shutdown.
const LOGS_AND_METRICS: [(&str, &str); 5] = [
    ("OTEL_TRACES_EXPORTER", "none"),
    ("OTEL_LOGS_EXPORTER", "otlp"),
    ("OTEL_BLRP_SCHEDULE_DELAY", "60000"),
    ("OTEL_METRICS_EXPORTER", "otlp"),
    ("OTEL_METRIC_EXPORT_INTERVAL", "60000"),
];

/// Returns what the relay printed.
async fn log_and_measure(sink: &Sink, more: &[(&str, &str)], calls: usize) -> (bool, String) {
    let mut variables = variables(&sink.url, &LOGS_AND_METRICS);
    variables.extend(more);
    let relay = Relay::start(&variables);
    call(&relay, calls).await;
    let (_, success, printed) = relay.stop();
    (success, printed)
}

async fn assert_logs_and_metrics_arrive(sink: &Sink, more: &[(&str, &str)]) {
    let whole = Sink::start();
    assert!(log_and_measure(&whole, &[], 1).await.0);
    let (success, printed) = log_and_measure(sink, more, CALLS).await;
    assert!(success, "{more:?}: {printed}");
    let requests = (sink.logs.lock().expect("no panic").len(), sink.metrics.lock().expect("no panic").len());
    assert!(requests.0 > 1 && requests.1 > 1, "{more:?}: {requests:?}: {printed}");
    let relaying = log_texts(sink).iter().filter(|text| text.contains("relaying")).count();
    assert_eq!(relaying, CALLS, "{more:?}: each record once");
    assert_eq!(metric_names(sink), metric_names(&whole), "{more:?}: each metric once");
}

#[tokio::test]
async fn log_records_and_metrics_that_http_refuses_with_413_arrive_in_parts() {
    let gzip = ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip");
    for (more, limit) in
        [(&[][..], 1_000), (&[("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")], 2_500), (&[gzip], 600)]
    {
        assert_logs_and_metrics_arrive(&Sink::with_limit(limit), more).await;
    }
}

#[cfg(feature = "grpc")]
#[tokio::test]
async fn log_records_and_metrics_that_grpc_refuses_as_too_large_arrive_in_parts() {
    let sink = crate::grpc::backend_with_limit(1_000).await;
    assert_logs_and_metrics_arrive(&sink, &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]).await;
}
