//! Limits, samplers, batch sizes, log levels and timeouts, as configured by environment variables.

use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::closed_port::ClosedPort;
use crate::relay::{Relay, header, recording_server, traceparent};
use crate::sink::{Sink, Span, attributes, only};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// The server span of a request with three calls, from a process with these variables.
async fn server_span(variables: &[(&str, &str)]) -> Span {
    let sink = Sink::start();
    let mut all = vec![("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url.as_str())];
    all.extend(variables);
    let relay = Relay::start(&all);
    let (to, _requests) = recording_server().await;
    let call = json!({ "url": to, "arguments": [] });
    relay
        .post(&[("traceparent", &traceparent("01")), ("user-agent", "tester")], &json!([call, call, call]))
        .await;
    assert!(relay.stop().1);
    let spans = sink.all();
    assert_eq!(spans.len(), 4, "{spans:#?}");
    only(&spans, SpanKind::Server).clone()
}

#[tokio::test]
async fn span_attributes_beyond_the_limit_are_dropped_and_counted() {
    let unlimited = server_span(&[]).await;
    let count = unlimited.attributes.len();
    assert_eq!((count, unlimited.dropped), (12, [0, 0, 0]));
    for name in ["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"] {
        let span = server_span(&[(name, "5")]).await;
        assert_eq!(span.attributes.len(), 5, "{name}");
        assert_eq!(span.dropped, [u32::try_from(count - 5).expect("a number"), 0, 0], "{name}");
    }
}

#[tokio::test]
async fn string_values_are_truncated_to_the_character_limit() {
    for name in ["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"] {
        let span = server_span(&[(name, "4")]).await;
        assert_eq!(span.text("user_agent.original"), Some("test"), "{name}");
        assert_eq!(span.text("http.route"), Some("/rel"), "{name}");
        assert_eq!(span.integer("http.response.status_code"), Some(200), "numbers are not truncated");
    }
}

#[tokio::test]
async fn span_events_and_event_attributes_are_limited() {
    let span =
        server_span(&[("OTEL_SPAN_EVENT_COUNT_LIMIT", "2"), ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "1")]).await;
    assert_eq!((span.events.len(), span.dropped[1]), (2, 1));
    assert_eq!((span.events[0].attributes.len(), span.events[0].dropped_attributes_count), (1, 2));
}

#[tokio::test]
async fn span_links_are_limited() {
    let linked = server_span(&[("TELEMETRY_INBOUND", "link")]).await;
    assert_eq!((linked.links.len(), linked.dropped[2]), (1, 0));
    let span = server_span(&[("TELEMETRY_INBOUND", "link"), ("OTEL_SPAN_LINK_COUNT_LIMIT", "0")]).await;
    assert_eq!((span.links.len(), span.dropped[2]), (0, 1));
}

#[tokio::test]
async fn each_sampler_makes_its_documented_decisions() {
    let (to, mut requests) = recording_server().await;
    // Whether a root, a child of a sampled span and a child of an unsampled span are sampled.
    for (sampler, ratio, expected) in [
        ("always_on", "", [true, true, true]),
        ("always_off", "", [false, false, false]),
        ("traceidratio", "0", [false, false, false]),
        ("traceidratio", "1", [true, true, true]),
        ("parentbased_always_on", "", [true, true, false]),
        ("parentbased_always_off", "", [false, true, false]),
        ("parentbased_traceidratio", "0", [false, true, false]),
        ("parentbased_traceidratio", "1", [true, true, false]),
        // An unknown name is ignored with a warning. The default applies.
        ("sometimes", "", [true, true, false]),
    ] {
        let sink = Sink::start();
        let relay = Relay::start(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url.as_str()),
            ("OTEL_TRACES_SAMPLER", sampler),
            ("OTEL_TRACES_SAMPLER_ARG", ratio),
        ]);
        let mut decisions = Vec::new();
        for headers in
            [vec![], vec![("traceparent", traceparent("01"))], vec![("traceparent", traceparent("00"))]]
        {
            let headers: Vec<(&str, &str)> =
                headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            relay.call(&headers, &to).await;
            let sent = requests.recv().await.expect("a request");
            let flags = header(&sent, "traceparent").expect("a traceparent")[53..].to_owned();
            decisions.push(u8::from_str_radix(&flags, 16).expect("flags") & 1 == 1);
        }
        let (_, success, printed) = relay.stop();
        assert!(success, "{printed}");
        assert_eq!(decisions, expected, "{sampler} {ratio}");
        assert_eq!(sink.all().len(), 2 * expected.iter().filter(|sampled| **sampled).count(), "{sampler}");
        assert_eq!(printed.contains("OTEL_TRACES_SAMPLER=sometimes is ignored"), sampler == "sometimes");
    }
}

#[tokio::test]
async fn batch_is_exported_when_full_or_at_shutdown() {
    let sink = Sink::start();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url.as_str()),
        ("OTEL_BSP_SCHEDULE_DELAY", "60000"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4"),
    ];
    let relay = Relay::start(&variables);
    let (to, _requests) = recording_server().await;
    for _ in 0..3 {
        relay.call(&[("traceparent", &traceparent("01"))], &to).await;
    }
    // Of six spans, four fill a batch at once. Two are exported at shutdown.
    assert_eq!(sink.trace(TRACE, 4).await.len(), 4);
    assert!(relay.stop().1);
    assert_eq!(sink.all().len(), 6);
    assert_eq!(sink.request_headers.lock().expect("no panic").len(), 2);
}

#[tokio::test]
async fn log_records_are_exported_in_bounded_batches() {
    let sink = Sink::start();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url.as_str()),
        ("OTEL_LOGS_EXPORTER", "otlp"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "60000"),
        ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "2"),
    ];
    let relay = Relay::start(&variables);
    let (to, _requests) = recording_server().await;
    let call = json!({ "url": to, "arguments": [] });
    relay.post(&[], &json!([call, call, call])).await;
    assert!(relay.stop().1);
    let requests = sink.logs.lock().expect("no panic").clone();
    let sizes: Vec<usize> = requests
        .iter()
        .map(|request| request.resource_logs.iter().flat_map(|resource| &resource.scope_logs))
        .map(|scopes| scopes.map(|scope| scope.log_records.len()).sum())
        .collect();
    assert!(sizes.iter().all(|size| *size <= 2) && sizes.len() > 1, "{sizes:?}");
    assert_eq!(format!("{requests:?}").matches("relaying").count(), 3);
}

#[tokio::test]
async fn attributes_of_log_records_are_limited() {
    for (name, value, url_length) in [
        ("OTEL_RESOURCE_ATTRIBUTES", "", Some(16_384)),
        ("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "11", Some(11)),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "12", Some(12)),
        ("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "0", None),
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "0", None),
    ] {
        let sink = Sink::start();
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url.as_str()),
            ("OTEL_LOGS_EXPORTER", "otlp"),
            (name, value),
        ];
        let relay = Relay::start(&variables);
        let (to, _requests) = recording_server().await;
        relay.call(&[], &format!("{to}?{}", "a".repeat(20_000))).await;
        assert!(relay.stop().1);
        let requests = sink.logs.lock().expect("no panic").clone();
        let resources = requests.iter().flat_map(|request| &request.resource_logs);
        let records =
            resources.flat_map(|resource| &resource.scope_logs).flat_map(|scope| &scope.log_records);
        let relaying: Vec<_> =
            records.filter(|record| format!("{:?}", record.body).contains("relaying")).collect();
        assert_eq!(relaying.len(), 1, "{name}");
        let attributes = attributes(&relaying[0].attributes);
        let length = attributes.get("url").map(|value| match value {
            Value::StringValue(text) => text.len(),
            other => panic!("{other:?}"),
        });
        assert_eq!(length, url_length, "{name}");
    }
}

#[tokio::test]
async fn otel_log_level_sets_the_level_of_exporter_warnings() {
    let closed = ClosedPort::new();
    let url = closed.url();
    for (level, warned) in [("info", true), ("error", false), ("off", false)] {
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
            ("OTEL_BSP_EXPORT_TIMEOUT", "100"),
            ("OTEL_LOG_LEVEL", level),
        ];
        let relay = Relay::start(&variables);
        let (to, _requests) = recording_server().await;
        relay.call(&[], &to).await;
        let (took, _, printed) = relay.stop();
        assert!(took < Duration::from_secs(7), "{took:?}");
        assert_eq!(printed.contains("telemetry::export"), warned, "{level}: {printed}");
        assert!(printed.contains("relaying"), "the application's lines are still printed: {printed}");
    }
}

#[tokio::test]
async fn environment_overrides_the_service_name() {
    for (variables, expected) in [
        (vec![], "relay"),
        (vec![("OTEL_RESOURCE_ATTRIBUTES", "service.name=attribute,team=a%2Cb")], "attribute"),
        (vec![("OTEL_RESOURCE_ATTRIBUTES", "service.name=attribute"), ("OTEL_SERVICE_NAME", "name")], "name"),
    ] {
        let span = server_span(&variables).await;
        let value = format!("{:?}", span.resource["service.name"]);
        assert!(value.contains(&format!("{expected:?}")), "{value}");
        if variables.len() == 1 {
            assert!(format!("{:?}", span.resource["team"]).contains("\"a,b\""));
        }
    }
}

#[tokio::test]
async fn export_without_a_response_ends_at_its_timeout() {
    for (signal, variables) in [
        (
            "metrics",
            [
                ("OTEL_METRICS_EXPORTER", "otlp"),
                ("OTEL_METRIC_EXPORT_INTERVAL", "50"),
                ("OTEL_METRIC_EXPORT_TIMEOUT", "400"),
            ],
        ),
        (
            "logs",
            [
                ("OTEL_LOGS_EXPORTER", "otlp"),
                ("OTEL_BLRP_SCHEDULE_DELAY", "50"),
                ("OTEL_BLRP_EXPORT_TIMEOUT", "400"),
            ],
        ),
        (
            "traces",
            [
                ("OTEL_TRACES_EXPORTER", "otlp"),
                ("OTEL_BSP_SCHEDULE_DELAY", "50"),
                ("OTEL_BSP_EXPORT_TIMEOUT", "400"),
            ],
        ),
    ] {
        let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", silent.local_addr().expect("an address"));
        let common = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*url), ("OTEL_TRACES_EXPORTER", "none")];
        let relay = Relay::start(&[&common[..], &variables].concat());
        let (to, _requests) = recording_server().await;
        relay.call(&[], &to).await;
        let (mut stream, _) = silent.accept().await.expect("an export");
        let (started, mut received) = (Instant::now(), Vec::new());
        let closed = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut received)).await;
        let received = String::from_utf8_lossy(&received);
        assert!(closed.is_ok_and(|read| read.is_ok()), "{signal}: still open; {received}");
        assert!(received.starts_with(&format!("POST /v1/{signal} HTTP/1.1")), "{received}");
        assert!(started.elapsed() > Duration::from_millis(200), "{signal}: {:?}", started.elapsed());
    }
}
