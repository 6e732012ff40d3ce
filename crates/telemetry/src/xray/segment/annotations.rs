//! Which attributes become annotations, which X-Ray indexes, and which metadata, which it only shows.
//!
//! An attribute becomes an annotation if its value is a text, a number or a boolean, and
//!
//! - its key belongs to the application: its first part is no namespace of the semantic conventions; or
//! - it is one of [`INDEXED`]: attributes of few values that a filter needs; or
//! - the attribute `aws.xray.annotations` lists its key.
//!
//! Everything else is metadata: texts above 1,000 characters, too, and what exceeds 50 annotations.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use serde_json::{Map, Value};

use super::attributes::{Attributes, json};
use super::name::annotation_key;

/// Annotations of a trace that X-Ray indexes. Other services of the trace add theirs, which nobody here can count.
pub(super) const MOST_PER_TRACE: usize = 50;
/// Characters of an annotation's text (the published schema's `maxLength`).
const LONGEST_TEXT: usize = 1000;

/// The attribute that lists the keys of further annotations, as in the OpenTelemetry Collector.
const LIST: &str = "aws.xray.annotations";

/// Attributes of the semantic conventions that become annotations.
const INDEXED: [&str; 6] = [
    "http.route",
    "error.type",
    "db.operation.name",
    "db.collection.name",
    "messaging.destination.name",
    "messaging.operation.name",
];

/// Namespaces of the semantic conventions.
const NAMESPACES: [&str; 38] = [
    "aws",
    "browser",
    "client",
    "cloud",
    "code",
    "container",
    "db",
    "destination",
    "enduser",
    "error",
    "event",
    "exception",
    "faas",
    "feature_flag",
    "gen_ai",
    "graphql",
    "host",
    "http",
    "k8s",
    "log",
    "messaging",
    "net",
    "network",
    "os",
    "otel",
    "peer",
    "process",
    "rpc",
    "server",
    "service",
    "session",
    "source",
    "telemetry",
    "thread",
    "tls",
    "url",
    "user",
    "user_agent",
];

/// Annotations and metadata of a span.
#[derive(Debug, Default)]
pub(super) struct Split {
    pub(super) annotations: Map<String, Value>,
    pub(super) metadata: Map<String, Value>,
}

/// Splits the attributes that no other field of the document shows. `left` is how many annotations the trace may have;
/// it is lowered.
pub(super) fn split(attributes: &[KeyValue], shown: impl Fn(&str) -> bool, left: &mut usize) -> Split {
    let listed = Attributes(attributes).texts(LIST);
    let mut split = Split::default();
    for attribute in attributes.iter().filter(|attribute| attribute.key != LIST) {
        let key = attribute.key.as_str();
        let value = json(attribute.value.as_ref());
        let is_listed = listed.contains(&key);
        if shown(key) && !is_listed {
            continue;
        }
        let wanted = is_listed || INDEXED.contains(&key) || is_of_application(key);
        let annotation = annotation_key(key);
        if wanted
            && *left > 0
            && is_scalar(attribute)
            && is_short(&value)
            && !split.annotations.contains_key(&annotation)
        {
            *left -= 1;
            split.annotations.insert(annotation, value);
        } else {
            split.metadata.insert(key.to_owned(), value);
        }
    }
    split
}

fn is_of_application(key: &str) -> bool {
    let namespace = key.split('.').next().unwrap_or_default();
    !key.is_empty() && !NAMESPACES.contains(&namespace)
}

fn is_scalar(attribute: &KeyValue) -> bool {
    let value = attribute.value.as_ref().and_then(|value| value.value.as_ref());
    match value {
        Some(Any::StringValue(_) | Any::BoolValue(_) | Any::IntValue(_)) => true,
        Some(Any::DoubleValue(number)) => number.is_finite(),
        _ => false,
    }
}

fn is_short(value: &Value) -> bool {
    value.as_str().is_none_or(|text| text.chars().take(LONGEST_TEXT + 1).count() <= LONGEST_TEXT)
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue};
    use serde_json::json as expected;

    use super::super::test_spans::attribute;
    use super::*;

    fn keys(of: &Map<String, Value>) -> Vec<&str> {
        of.keys().map(String::as_str).collect()
    }

    #[test]
    fn attributes_of_the_application_and_a_few_others_are_annotations() {
        let list =
            ["url.path", "server.port"].map(|key| AnyValue { value: Some(Any::StringValue(key.to_owned())) });
        let list = ArrayValue { values: list.into() };
        let attributes = [
            attribute("app.result_length", 3),
            attribute("http.route", "/users/{handle}"),
            attribute("url.path", "/users/worf"),
            attribute("network.peer.port", 7),
            attribute("user_agent.original", "curl"),
            attribute("app.text", "x".repeat(1001).as_str()),
            attribute("app.result-length", 4),
            KeyValue {
                key: LIST.to_owned(),
                value: Some(AnyValue { value: Some(Any::ArrayValue(list)) }),
                ..KeyValue::default()
            },
        ];
        let mut left = 50;
        let split = split(&attributes, |key| key == "url.path" || key == "user_agent.original", &mut left);
        assert_eq!(
            Value::from(split.annotations),
            expected!({"app_result_length": 3, "http_route": "/users/{handle}", "url_path": "/users/worf"})
        );
        assert_eq!(keys(&split.metadata), ["app.result-length", "app.text", "network.peer.port"]);
        assert_eq!(left, 47);
    }

    #[test]
    fn annotations_above_the_limit_are_metadata() {
        let attributes: Vec<_> = (0..60).map(|at| attribute(&format!("a{at}"), i64::from(at))).collect();
        let split = split(&attributes, |_| false, &mut MOST_PER_TRACE.clone());
        assert_eq!((split.annotations.len(), split.metadata.len()), (50, 10));
    }
}
