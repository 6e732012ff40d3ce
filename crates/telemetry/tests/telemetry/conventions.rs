//! Exported spans, metrics and resources compared with the published semantic conventions.
//!
//! Every name is defined there. Every required and recommended attribute is present, with its type.
//!
//! The names are constants of `opentelemetry-semantic-conventions`, which are generated from the model. The requirement
//! levels and types follow the model, too: `.ci/python/conventions.py` compares this table with a checkout of it.

use std::collections::HashMap;
use std::mem::discriminant;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_semantic_conventions::{SCHEMA_URL, attribute as a, metric as m, resource as r};
use telemetry::database::{Statement, record_outcome};
use telemetry::messaging::Messages;
use tracing::Instrument;

use crate::app::{client, harness};
use crate::closed_port::ClosedPort;
use crate::export::{all_signals, relay_one_request};
use crate::relay::{Relay, recording_server};
use crate::sink::{Sink, Span, attributes, only};

const TEXT: Value = Value::StringValue(String::new());
const INTEGER: Value = Value::IntValue(0);

/// Attributes of one kind of span, event or metric, each with a sample value of its type.
struct Convention {
    required: &'static [(&'static str, Value)],
    /// Conditionally required, opt-in, or recommended if available.
    possible: &'static [(&'static str, Value)],
    /// Recommended, and always available here.
    recommended: &'static [(&'static str, Value)],
}

const SERVER: Convention = Convention {
    required: &[(a::HTTP_REQUEST_METHOD, TEXT), (a::URL_PATH, TEXT), (a::URL_SCHEME, TEXT)],
    possible: &[
        (a::ERROR_TYPE, TEXT),
        (a::HTTP_REQUEST_METHOD_ORIGINAL, TEXT),
        (a::HTTP_RESPONSE_STATUS_CODE, INTEGER),
        (a::HTTP_ROUTE, TEXT),
        (a::SERVER_PORT, INTEGER),
        (a::URL_QUERY, TEXT),
    ],
    recommended: &[
        (a::CLIENT_ADDRESS, TEXT),
        (a::NETWORK_PEER_ADDRESS, TEXT),
        (a::NETWORK_PEER_PORT, INTEGER),
        (a::NETWORK_PROTOCOL_VERSION, TEXT),
        (a::SERVER_ADDRESS, TEXT),
        (a::USER_AGENT_ORIGINAL, TEXT),
    ],
};

const CLIENT: Convention = Convention {
    required: &[
        (a::HTTP_REQUEST_METHOD, TEXT),
        (a::SERVER_ADDRESS, TEXT),
        (a::SERVER_PORT, INTEGER),
        (a::URL_FULL, TEXT),
    ],
    possible: &[
        (a::ERROR_TYPE, TEXT),
        (a::HTTP_REQUEST_METHOD_ORIGINAL, TEXT),
        (a::HTTP_REQUEST_RESEND_COUNT, INTEGER),
        (a::HTTP_RESPONSE_STATUS_CODE, INTEGER),
        (a::USER_AGENT_ORIGINAL, TEXT),
    ],
    recommended: &[
        (a::NETWORK_PEER_ADDRESS, TEXT),
        (a::NETWORK_PEER_PORT, INTEGER),
        (a::NETWORK_PROTOCOL_VERSION, TEXT),
    ],
};

const DATABASE: Convention = Convention {
    required: &[(a::DB_SYSTEM_NAME, TEXT)],
    possible: &[
        (a::DB_RESPONSE_RETURNED_ROWS, INTEGER),
        (a::DB_RESPONSE_STATUS_CODE, TEXT),
        (a::ERROR_TYPE, TEXT),
        (a::SERVER_PORT, INTEGER),
    ],
    recommended: &[
        (a::DB_COLLECTION_NAME, TEXT),
        (a::DB_NAMESPACE, TEXT),
        (a::DB_OPERATION_NAME, TEXT),
        (a::DB_QUERY_SUMMARY, TEXT),
        (a::DB_QUERY_TEXT, TEXT),
        (a::SERVER_ADDRESS, TEXT),
    ],
};

const MESSAGING: Convention = Convention {
    required: &[(a::MESSAGING_OPERATION_NAME, TEXT), (a::MESSAGING_SYSTEM, TEXT)],
    possible: &[
        (a::ERROR_TYPE, TEXT),
        (a::MESSAGING_BATCH_MESSAGE_COUNT, INTEGER),
        (a::MESSAGING_MESSAGE_ID, TEXT),
    ],
    recommended: &[(a::MESSAGING_DESTINATION_NAME, TEXT), (a::MESSAGING_OPERATION_TYPE, TEXT)],
};

const EXCEPTION: Convention = Convention {
    required: &[(a::EXCEPTION_MESSAGE, TEXT)],
    possible: &[],
    recommended: &[(a::EXCEPTION_TYPE, TEXT)],
};

const SERVER_DURATION: Convention = Convention {
    required: &[(a::HTTP_REQUEST_METHOD, TEXT), (a::URL_SCHEME, TEXT)],
    possible: &[(a::ERROR_TYPE, TEXT), (a::HTTP_RESPONSE_STATUS_CODE, INTEGER), (a::HTTP_ROUTE, TEXT)],
    recommended: &[(a::NETWORK_PROTOCOL_VERSION, TEXT)],
};

const ACTIVE_REQUESTS: Convention = Convention {
    required: &[(a::HTTP_REQUEST_METHOD, TEXT), (a::URL_SCHEME, TEXT)],
    possible: &[],
    recommended: &[],
};

const CLIENT_DURATION: Convention = Convention {
    required: &[(a::HTTP_REQUEST_METHOD, TEXT), (a::SERVER_ADDRESS, TEXT), (a::SERVER_PORT, INTEGER)],
    possible: &[(a::ERROR_TYPE, TEXT), (a::HTTP_RESPONSE_STATUS_CODE, INTEGER)],
    recommended: &[(a::NETWORK_PROTOCOL_VERSION, TEXT)],
};

const OPERATION_DURATION: Convention = Convention {
    required: &[(a::DB_SYSTEM_NAME, TEXT)],
    possible: &[(a::DB_RESPONSE_STATUS_CODE, TEXT), (a::ERROR_TYPE, TEXT)],
    recommended: &[
        (a::DB_COLLECTION_NAME, TEXT),
        (a::DB_NAMESPACE, TEXT),
        (a::DB_OPERATION_NAME, TEXT),
        (a::SERVER_ADDRESS, TEXT),
        (a::SERVER_PORT, INTEGER),
    ],
};

const SDK: Convention = Convention {
    required: &[],
    possible: &[(a::ERROR_TYPE, TEXT)],
    recommended: &[(a::OTEL_COMPONENT_NAME, TEXT), (a::OTEL_COMPONENT_TYPE, TEXT)],
};

const PROCESS: Convention = Convention { required: &[], possible: &[(a::CPU_MODE, TEXT)], recommended: &[] };

impl Convention {
    /// Checks the attributes of `subject`. `complete`: the recommended ones must be present.
    fn check(&self, subject: &str, attributes: &HashMap<String, Value>, complete: bool) {
        for (name, _) in self.required.iter().chain(self.recommended.iter().filter(|_| complete)) {
            assert!(attributes.contains_key(*name), "{subject} lacks {name}: {attributes:?}");
        }
        for (name, value) in attributes {
            let all = self.required.iter().chain(self.possible).chain(self.recommended);
            let known = all.into_iter().find(|(known, _)| known == name);
            let (_, kind) =
                known.unwrap_or_else(|| panic!("{subject} has {name}, which is not in the conventions"));
            assert_eq!(discriminant(kind), discriminant(value), "{subject}: {name} is {value:?}");
        }
    }

    fn check_span(&self, span: &Span, complete: bool) {
        self.check(&span.name, &span.attributes, complete);
        for event in span.events.iter().filter(|event| event.name == "exception") {
            EXCEPTION.check("an exception", &attributes(&event.attributes), false);
        }
        assert_eq!(span.status == 2, span.attributes.contains_key(a::ERROR_TYPE), "{span:#?}");
    }
}

async fn trace_of<T>(work: impl Future<Output = T>) -> String {
    harness();
    let root = tracing::info_span!(parent: None, "root");
    let traced = async {
        work.await;
        telemetry::trace_id_of_current().expect("a trace")
    };
    traced.instrument(root).await
}

#[tokio::test]
async fn http_spans_follow_the_conventions_on_success_and_failure() {
    let url = &harness().url;
    for (path, complete) in
        [("/hello/you?q=1", true), ("/panics", true), ("/fails", true), ("/nowhere", true)]
    {
        let call = async {
            let request = client().get(format!("{url}{path}")).header("user-agent", "tester");
            request.send().await.expect("a response").bytes().await.expect("a body");
        };
        let spans = harness().sink.trace(&trace_of(call).await, 3).await;
        SERVER.check_span(only(&spans, SpanKind::Server), complete);
        CLIENT.check_span(only(&spans, SpanKind::Client), complete);
    }
    let closed = ClosedPort::new();
    let call = async { client().get(closed.url()).send().await.expect_err("the connection is refused") };
    let spans = harness().sink.trace(&trace_of(call).await, 2).await;
    CLIENT.check_span(only(&spans, SpanKind::Client), false);
}

#[tokio::test]
async fn database_spans_follow_the_conventions_on_success_and_failure() {
    let statement = Statement::new("postgresql", "SELECT", "users")
        .namespace("users")
        .text("SELECT handle FROM users WHERE handle = $1")
        .server("db.example", 5432);
    let error = std::io::Error::other("duplicate key");
    for outcome in [None, Some((&error as &(dyn std::error::Error + 'static), Some("23505")))] {
        let call = async { record_outcome(&statement.span(), Some(4), outcome) };
        let spans = harness().sink.trace(&trace_of(call).await, 2).await;
        DATABASE.check_span(only(&spans, SpanKind::Client), true);
    }
}

#[tokio::test]
async fn messaging_spans_follow_the_conventions_on_success_and_failure() {
    for (count, id) in [(1, Some("7")), (3, None)] {
        let mut messages = Messages::new("cruddur", "notifications").count(count);
        messages.id = id;
        let call = async { drop(messages.send()) };
        let spans = harness().sink.trace(&trace_of(call).await, 2).await;
        let producer = only(&spans, SpanKind::Producer);
        MESSAGING.check_span(producer, true);
        assert_eq!(producer.text(a::MESSAGING_MESSAGE_ID), id);
        assert_eq!(producer.integer(a::MESSAGING_BATCH_MESSAGE_COUNT), (count == 3).then_some(3));
        let span = messages.process();
        telemetry::messaging::record_failure(&span, &std::io::Error::other("the disk is full"));
        let trace = span.in_scope(telemetry::trace_id_of_current).expect("a trace");
        drop(span);
        let spans = harness().sink.trace(&trace, 1).await;
        let consumer = only(&spans, SpanKind::Consumer);
        MESSAGING.check_span(consumer, true);
        assert_eq!(consumer.text(a::ERROR_TYPE), Some("std::io::error::Error"));
        assert_eq!(consumer.events.len(), 1);
    }
}

#[tokio::test]
async fn metrics_follow_the_conventions() {
    let sink = Sink::start();
    let relay = Relay::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url.as_str()),
        ("OTEL_METRICS_EXPORTER", "otlp"),
    ]);
    let (to, _requests) = recording_server().await;
    relay.call(&[], &to).await;
    assert!(relay.stop().1);
    let requests = sink.metrics.lock().expect("no panic").clone();
    let metrics = requests.iter().flat_map(|request| &request.resource_metrics);
    let metrics = metrics.flat_map(|resource| &resource.scope_metrics).flat_map(|scope| &scope.metrics);
    let mut seen = Vec::new();
    for metric in metrics {
        let (convention, unit) = match metric.name.as_str() {
            m::HTTP_SERVER_REQUEST_DURATION => (SERVER_DURATION, "s"),
            m::HTTP_SERVER_ACTIVE_REQUESTS => (ACTIVE_REQUESTS, "{request}"),
            m::HTTP_CLIENT_REQUEST_DURATION => (CLIENT_DURATION, "s"),
            m::OTEL_SDK_EXPORTER_SPAN_EXPORTED
            | m::OTEL_SDK_PROCESSOR_SPAN_PROCESSED
            | m::OTEL_SDK_PROCESSOR_SPAN_QUEUE_SIZE
            | m::OTEL_SDK_PROCESSOR_SPAN_QUEUE_CAPACITY => (SDK, "{span}"),
            // The conventions have no counter of failed exports.
            "telemetry.exporter.failures" => (SDK, "{operation}"),
            m::PROCESS_MEMORY_USAGE | m::PROCESS_MEMORY_VIRTUAL => (PROCESS, "By"),
            m::PROCESS_THREAD_COUNT => (PROCESS, "{thread}"),
            m::PROCESS_CPU_TIME | m::PROCESS_UPTIME => (PROCESS, "s"),
            other => panic!("{other} is not in the conventions"),
        };
        assert_eq!(metric.unit, unit, "{}", metric.name);
        for point in points(metric.data.as_ref()) {
            convention.check(&metric.name, &point, true);
        }
        seen.push(metric.name.clone());
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 13, "{seen:?}");
}

fn points(data: Option<&Data>) -> Vec<HashMap<String, Value>> {
    match data {
        Some(Data::Sum(sum)) => sum.data_points.iter().map(|point| attributes(&point.attributes)).collect(),
        Some(Data::Gauge(gauge)) => {
            gauge.data_points.iter().map(|point| attributes(&point.attributes)).collect()
        }
        Some(Data::Histogram(histogram)) => {
            histogram.data_points.iter().map(|point| attributes(&point.attributes)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn durations_of_statements_follow_the_conventions() {
    let statement = Statement::new("postgresql", "SELECT", "users")
        .namespace("durations")
        .text("SELECT handle FROM users")
        .server("db.example", 5432);
    let error = std::io::Error::other("the disk is full");
    harness();
    for _ in 0..2 {
        statement.start().succeeded(&statement, Some(1));
    }
    statement.start().failed(&statement, &error, Some("53100"));
    statement.start().failed(&statement, &error, None);
    let expected = [(None, None, 2), (Some("53100"), Some("53100"), 1), (None, Some("_OTHER"), 1)];
    let text = |attributes: &HashMap<String, Value>, key: &str| match attributes.get(key) {
        Some(Value::StringValue(text)) => Some(text.clone()),
        other => other.map(|other| format!("{other:?}")),
    };
    let found = || {
        let requests = harness().sink.metrics.lock().expect("no panic").clone();
        let last = requests.last()?;
        let metrics = last.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
        let metric = metrics
            .flat_map(|scope| &scope.metrics)
            .find(|metric| metric.name == m::DB_CLIENT_OPERATION_DURATION)?;
        assert_eq!(metric.unit, "s");
        let Some(Data::Histogram(histogram)) = &metric.data else { panic!("{metric:?}") };
        let points = histogram.data_points.iter().map(|point| (attributes(&point.attributes), point));
        let points: Vec<_> = points
            .filter(|(attributes, _)| text(attributes, a::DB_NAMESPACE).as_deref() == Some("durations"))
            .collect();
        let counts: Vec<_> = expected
            .iter()
            .map(|(code, kind, count)| {
                points.iter().any(|(attributes, point)| {
                    OPERATION_DURATION.check(&metric.name, attributes, true);
                    assert_eq!(point.explicit_bounds, [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0]);
                    text(attributes, a::DB_RESPONSE_STATUS_CODE).as_deref() == *code
                        && text(attributes, a::ERROR_TYPE).as_deref() == *kind
                        && point.count == *count
                })
            })
            .collect();
        (points.len() == 3 && counts == [true; 3]).then_some(())
    };
    // The harness exports its metrics every 50 ms.
    harness().sink.until(move |_| found()).await;
}

#[tokio::test]
async fn every_signal_names_the_version_of_the_conventions() {
    let sink = Sink::start();
    relay_one_request(&all_signals(&sink.url, &[])).await;
    let urls = sink.schema_urls.lock().expect("no panic").clone();
    assert_eq!(urls.len(), 3, "{urls:?}");
    for (signal, urls) in urls {
        assert!(urls.len() >= 2 && urls.iter().all(|url| url == SCHEMA_URL), "{signal}: {urls:?}");
    }
}

#[tokio::test]
async fn resource_follows_the_conventions() {
    let url = &harness().url;
    let call = async { client().get(format!("{url}/hello/resource")).send().await.expect("a response") };
    let spans = harness().sink.trace(&trace_of(call).await, 3).await;
    let resource = &spans[0].resource;
    let mut names: Vec<&str> = resource.keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = [
        r::DEPLOYMENT_ENVIRONMENT_NAME,
        r::SERVICE_INSTANCE_ID,
        r::SERVICE_NAME,
        r::SERVICE_VERSION,
        r::TELEMETRY_DISTRO_NAME,
        r::TELEMETRY_DISTRO_VERSION,
        r::TELEMETRY_SDK_LANGUAGE,
        r::TELEMETRY_SDK_NAME,
        r::TELEMETRY_SDK_VERSION,
    ];
    assert_eq!(names, expected);
    assert_eq!(resource[r::TELEMETRY_SDK_NAME], Value::StringValue("opentelemetry".to_owned()));
    assert_eq!(resource[r::TELEMETRY_SDK_LANGUAGE], Value::StringValue("rust".to_owned()));
}
