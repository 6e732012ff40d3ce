//! Metrics and logs: measured values, attributes, cardinality and correlation with traces.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use actix_web::dev::Service;
use actix_web::{App, web};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{HistogramDataPoint, Metric, metric::Data};

use crate::app::{Harness, harness};
use crate::closed_port::ClosedPort;
use crate::relay::{Relay, recording_server};
use crate::sink::{Sink, attributes, hex};

/// The latest export of each metric, by name.
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
        other => panic!("{other:?} is not a histogram"),
    }
}

/// The sum of the metric's points.
fn total(metric: &Metric) -> i64 {
    let points = match &metric.data {
        Some(Data::Sum(sum)) => &sum.data_points,
        Some(Data::Gauge(gauge)) => &gauge.data_points,
        other => panic!("{other:?} has no number points"),
    };
    let numbers = points.iter().map(|point| match point.value {
        Some(Number::AsInt(number)) => number,
        ref other => panic!("{other:?} is not an integer"),
    });
    numbers.sum()
}

/// The sum of the points whose `error.type` is `kind`.
fn with_error(metric: &Metric, kind: &str) -> i64 {
    let Some(Data::Sum(sum)) = &metric.data else { panic!("{metric:?} is not a sum") };
    let value = Value::StringValue(kind.to_owned());
    let points = sum.data_points.iter();
    let of_kind = points.filter(|point| attributes(&point.attributes).get("error.type") == Some(&value));
    of_kind.map(|point| if let Some(Number::AsInt(number)) = point.value { number } else { 0 }).sum()
}

fn metrics_and_logs(sink: &Sink) -> [(&'static str, &str); 4] {
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.url),
        ("OTEL_METRICS_EXPORTER", "otlp"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "50"),
        ("OTEL_LOGS_EXPORTER", "otlp"),
    ]
}

#[tokio::test]
async fn request_durations_are_measured_on_both_sides_with_the_conventions_buckets() {
    let sink = Sink::start();
    let relay = Relay::start(&metrics_and_logs(&sink));
    let (to, _requests) = recording_server().await;
    for _ in 0..3 {
        // Values that an untrusted client chooses must not become metric attributes.
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
async fn exporter_health_metrics_are_reported() {
    let sink = Sink::start();
    let relay = Relay::start(&metrics_and_logs(&sink));
    let (to, _requests) = recording_server().await;
    relay.call(&[], &to).await;
    let started = Instant::now();
    let exported = |sink: &Sink| latest(sink).get("otel.sdk.exporter.span.exported").map(total);
    while exported(&sink) != Some(2) {
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", latest(&sink));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let metrics = latest(&sink);
    let processed = &metrics["otel.sdk.processor.span.processed"];
    assert_eq!((with_error(processed, "queue_full"), with_error(processed, "after_shutdown")), (0, 0));
    assert_eq!(with_error(&metrics["otel.sdk.exporter.span.exported"], "export_failed"), 0);
    assert_eq!(total(&metrics["otel.sdk.processor.span.queue.capacity"]), 131_072);
    assert!(metrics.contains_key("otel.sdk.processor.span.queue.size"));
    assert_eq!(total(&metrics["telemetry.exporter.failures"]), 0);
}

#[tokio::test]
async fn full_queue_drops_and_counts_spans() {
    let sink = Sink::start();
    let mut variables = metrics_and_logs(&sink).to_vec();
    let more = [
        ("OTEL_BSP_MAX_QUEUE_SIZE", "4"),
        ("OTEL_BSP_SCHEDULE_DELAY", "60000"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4"),
    ];
    variables.extend(more);
    // The trace endpoint refuses connections, so spans stay in the queue.
    let closed = ClosedPort::new();
    let endpoint = format!("{}/v1/traces", closed.url());
    variables.push(("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &endpoint));
    let relay = Relay::start(&variables);
    let (to, _requests) = recording_server().await;
    for _ in 0..10 {
        relay.call(&[], &to).await;
    }
    let started = Instant::now();
    let dropped = |sink: &Sink| {
        latest(sink).get("otel.sdk.processor.span.processed").map(|metric| with_error(metric, "queue_full"))
    };
    while dropped(&sink).is_none_or(|dropped| dropped == 0) {
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", latest(&sink));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(total(&latest(&sink)["telemetry.exporter.failures"]) > 0);
}

/// Polls the latest metrics of `sink` until `find` returns a value.
async fn until<T>(sink: &Sink, find: impl Fn(&BTreeMap<String, Metric>) -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        let metrics = latest(sink);
        if let Some(found) = find(&metrics) {
            return found;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{metrics:#?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn untrusted_client_cannot_increase_metric_cardinality() {
    let sink = Sink::start();
    let relay = Relay::start(&metrics_and_logs(&sink));
    for at in 0..20 {
        let method = reqwest::Method::from_bytes(format!("BREW{at}").as_bytes()).expect("a method");
        let request = reqwest::Client::new()
            .request(method, format!("http://{}/nowhere/{at}?q={at}", relay.address()))
            .header("host", format!("client-{at}.example:{at}"))
            .header("user-agent", format!("client/{at}"))
            .header("forwarded", format!("for=10.0.0.{at};proto=https"));
        assert_eq!(request.send().await.expect("a response").status(), 404);
    }
    assert!(relay.stop().1);
    let metrics = latest(&sink);
    let server = histogram(&metrics["http.server.request.duration"]);
    assert_eq!(server.count, 20, "one series for all requests");
    let attributes = attributes(&server.attributes);
    assert_eq!(attributes["http.request.method"], Value::StringValue("_OTHER".to_owned()));
    assert!(!attributes.contains_key("http.route"));
    assert_eq!(total(&metrics["http.server.active_requests"]), 0);
}

/// The points of a metric whose attribute `key` is `value`.
fn points(metric: &Metric, key: &str, value: &str) -> Vec<HistogramDataPoint> {
    let Some(Data::Histogram(histogram)) = &metric.data else { panic!("{metric:?} is not a histogram") };
    let value = Value::StringValue(value.to_owned());
    let points = histogram.data_points.iter();
    points.filter(|point| attributes(&point.attributes).get(key) == Some(&value)).cloned().collect()
}

fn point(metric: &Metric, key: &str, value: &str) -> Option<HistogramDataPoint> {
    points(metric, key, value).pop()
}

/// The number of active requests of this method.
fn active(metrics: &BTreeMap<String, Metric>, method: &str) -> Option<i64> {
    let Some(Data::Sum(sum)) = &metrics.get("http.server.active_requests")?.data else { panic!("not a sum") };
    let value = Value::StringValue(method.to_owned());
    let mut points = sum.data_points.iter();
    let point =
        points.find(|point| attributes(&point.attributes).get("http.request.method") == Some(&value))?;
    if let Some(Number::AsInt(number)) = point.value { Some(number) } else { None }
}

#[actix_web::test]
async fn cancelled_request_is_no_longer_active() {
    // No other test uses this method.
    const METHOD: &str = "QUERY";
    let sink = &harness().sink;
    let app = App::new().wrap(telemetry::server::Tracing::new());
    let app = actix_web::test::init_service(app.default_service(web::to(std::future::pending::<&str>))).await;
    let method = actix_web::http::Method::from_bytes(METHOD.as_bytes()).expect("a method");
    let request = actix_web::test::TestRequest::default().method(method).uri("/waits").to_request();
    tokio::select! {
        _ = app.call(request) => panic!("the handler never responds"),
        () = until(sink, |metrics| active(metrics, METHOD).filter(|active| *active == 1).map(drop)) => {}
    }
    until(sink, |metrics| active(metrics, METHOD).filter(|active| *active == 0)).await;
    let name = "http.server.request.duration";
    let point = until(sink, |metrics| point(metrics.get(name)?, "http.request.method", METHOD)).await;
    assert_eq!(attributes(&point.attributes)["error.type"], Value::StringValue("cancelled".to_owned()));
    let span = sink.until(|spans| spans.iter().find(|span| span.name == METHOD).cloned()).await;
    assert_eq!((span.status, span.text("error.type")), (2, Some("cancelled")));
}

#[actix_web::test]
async fn cancelled_call_duration_has_its_error_type() {
    let Harness { sink, url, .. } = harness();
    let call = crate::app::client().get(format!("{url}/sleeps")).send();
    assert!(tokio::time::timeout(Duration::from_millis(50), call).await.is_err());
    let name = "http.client.request.duration";
    until(sink, |metrics| point(metrics.get(name)?, "error.type", "cancelled")).await;
}

#[actix_web::test]
async fn duration_metric_covers_the_body_and_its_error_type() {
    let Harness { sink, url, .. } = harness();
    for path in ["/long-stream", "/broken-stream"] {
        let _ =
            crate::app::client().get(format!("{url}{path}")).send().await.expect("a response").bytes().await;
    }
    let server = "http.server.request.duration";
    // Other tests disconnect from the same stream.
    let completed = |point: &HistogramDataPoint| !attributes(&point.attributes).contains_key("error.type");
    let long = until(sink, |metrics| {
        points(metrics.get(server)?, "http.route", "/long-stream").into_iter().find(completed)
    });
    let long = long.await;
    assert!(long.min.is_some_and(|min| min >= 0.45), "{long:?}");
    let broken = until(sink, |metrics| point(metrics.get(server)?, "error.type", "response_body")).await;
    assert_eq!(attributes(&broken.attributes)["http.response.status_code"], Value::IntValue(200));
    let client = "http.client.request.duration";
    until(sink, |metrics| point(metrics.get(client)?, "error.type", "body")).await;
}

#[tokio::test]
async fn log_records_carry_the_ids_of_their_span() {
    let sink = Sink::start();
    let mut variables = metrics_and_logs(&sink).to_vec();
    variables.push(("RUST_LOG", "off"));
    let relay = Relay::start(&variables);
    let (to, _requests) = recording_server().await;
    let response = relay.call(&[], &to).await;
    let trace = response.headers()["traceresponse"].to_str().expect("text")[3..35].to_owned();
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
