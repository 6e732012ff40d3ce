//! Metrics and logs, from a process of its own.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{HistogramDataPoint, Metric, metric::Data};

use crate::relay::{Relay, listener};
use crate::sink::{Sink, attributes, hex};

/// The latest of each metric, by name.
fn latest(sink: &Sink) -> BTreeMap<String, Metric> {
    let requests = sink.metrics.lock().expect("no panic");
    let metrics = requests.iter().flat_map(|request| &request.resource_metrics);
    let metrics = metrics.flat_map(|resource| &resource.scope_metrics).flat_map(|scope| &scope.metrics);
    metrics.map(|metric| (metric.name.clone(), metric.clone())).collect()
}

fn histogram(metric: &Metric) -> HistogramDataPoint {
    match &metric.data {
        Some(Data::Histogram(histogram)) => {
            assert_eq!(histogram.data_points.len(), 1, "{histogram:?}");
            histogram.data_points[0].clone()
        }
        other => panic!("{other:?} is no histogram"),
    }
}

/// The sum of a metric's points.
fn total(metric: &Metric) -> i64 {
    let points = match &metric.data {
        Some(Data::Sum(sum)) => &sum.data_points,
        Some(Data::Gauge(gauge)) => &gauge.data_points,
        other => panic!("{other:?} has no numbers"),
    };
    let numbers = points.iter().map(|point| match point.value {
        Some(Number::AsInt(number)) => number,
        ref other => panic!("{other:?} is no integer"),
    });
    numbers.sum()
}

fn told(sink: &Sink) -> [(&'static str, &str); 4] {
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.url),
        ("OTEL_METRICS_EXPORTER", "otlp"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "50"),
        ("OTEL_LOGS_EXPORTER", "otlp"),
    ]
}

#[tokio::test]
async fn requests_are_measured_on_both_sides_with_the_conventions_buckets() {
    let sink = Sink::start();
    let relay = Relay::start(&told(&sink));
    let (to, _told) = listener().await;
    for _ in 0..3 {
        // What a stranger writes into these must not become a series.
        relay.call(&[("host", "evil.example"), ("user-agent", "x")], &to).await;
    }
    assert!(relay.stop().1);
    let metrics = latest(&sink);
    let server = histogram(&metrics["http.server.request.duration"]);
    assert_eq!(server.count, 3);
    assert_eq!(server.explicit_bounds.len(), 14);
    assert_eq!(server.explicit_bounds.first(), Some(&0.005));
    let mut names: Vec<String> = attributes(&server.attributes).into_keys().collect();
    names.sort_unstable();
    let expected = [
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "network.protocol.version",
        "url.scheme",
    ];
    assert_eq!(names, expected);
    assert_eq!(attributes(&server.attributes)["http.route"], Value::StringValue("/relay".to_owned()));
    assert_eq!(attributes(&server.attributes)["http.response.status_code"], Value::IntValue(200));
    let client = histogram(&metrics["http.client.request.duration"]);
    assert_eq!(client.count, 3);
    assert_eq!(attributes(&client.attributes)["server.address"], Value::StringValue("127.0.0.1".to_owned()));
    assert_eq!(metrics["http.server.request.duration"].unit, "s");
    assert_eq!(total(&metrics["http.server.active_requests"]), 0);
    assert!(total(&metrics["process.memory.usage"]) > 1_000_000);
}

#[tokio::test]
async fn the_librarys_health_is_measured() {
    let sink = Sink::start();
    let relay = Relay::start(&told(&sink));
    let (to, _told) = listener().await;
    relay.call(&[], &to).await;
    let began = Instant::now();
    let exported = |sink: &Sink| latest(sink).get("otel.sdk.exporter.span.exported").map(total);
    while exported(&sink) != Some(2) {
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", latest(&sink));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let metrics = latest(&sink);
    assert_eq!(total(&metrics["otel.sdk.processor.span.dropped"]), 0);
    assert_eq!(total(&metrics["otel.sdk.processor.span.queue.capacity"]), 2048);
    assert!(metrics.contains_key("otel.sdk.processor.span.queue.size"));
    assert!(metrics.contains_key("otel.sdk.exporter.operation.failures"));
}

#[tokio::test]
async fn a_full_queue_drops_and_counts() {
    let sink = Sink::start();
    let mut variables = told(&sink).to_vec();
    let more = [
        ("OTEL_BSP_MAX_QUEUE_SIZE", "4"),
        ("OTEL_BSP_SCHEDULE_DELAY", "60000"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4"),
    ];
    variables.extend(more);
    // Nobody listens where the spans go, so that they wait.
    let gone =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    let gone = format!("http://{gone}/v1/traces");
    variables.push(("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &gone));
    let relay = Relay::start(&variables);
    let (to, _told) = listener().await;
    for _ in 0..10 {
        relay.call(&[], &to).await;
    }
    let began = Instant::now();
    let dropped = |sink: &Sink| latest(sink).get("otel.sdk.processor.span.dropped").map(total);
    while dropped(&sink).is_none_or(|dropped| dropped == 0) {
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", latest(&sink));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn log_records_carry_the_ids_of_their_span() {
    let sink = Sink::start();
    let mut variables = told(&sink).to_vec();
    variables.push(("RUST_LOG", "off"));
    let relay = Relay::start(&variables);
    let (to, _told) = listener().await;
    let answer = relay.call(&[], &to).await;
    let trace = answer.headers()["traceresponse"].to_str().expect("text")[3..35].to_owned();
    assert!(relay.stop().1);
    let requests = sink.logs.lock().expect("no panic").clone();
    let records: Vec<_> = requests
        .iter()
        .flat_map(|request| &request.resource_logs)
        .flat_map(|resource| &resource.scope_logs)
        .flat_map(|scope| &scope.log_records)
        .collect();
    let record = records
        .iter()
        .find(|record| format!("{:?}", record.body).contains("relaying"))
        .unwrap_or_else(|| panic!("{records:#?}"));
    assert_eq!(hex(&record.trace_id), trace);
    assert_eq!(record.span_id.len(), 8);
    assert_eq!(record.severity_text, "INFO");
    assert!(attributes(&record.attributes).contains_key("url"));
}
