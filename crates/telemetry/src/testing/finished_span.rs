//! A finished span as plain values.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use opentelemetry_proto::tonic::common::v1 as proto;
use opentelemetry_proto::tonic::common::v1::any_value::Value as ProtoValue;
use opentelemetry_proto::tonic::trace::v1 as otlp;
pub use serde_json::Value;

use crate::export::hex;
use crate::otlp::Batch;

/// A finished span.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FinishedSpan {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// The span id of its parent; `None` for the first span of a trace.
    pub parent_id: Option<String>,
    /// Its name.
    pub name: String,
    /// `internal`, `server`, `client`, `producer` or `consumer`.
    pub kind: &'static str,
    /// When it started.
    pub start: SystemTime,
    /// How long it took.
    pub duration: Duration,
    /// Its attributes.
    pub attributes: BTreeMap<String, Value>,
    /// Its events, in order.
    pub events: Vec<FinishedEvent>,
    /// Its links, in order.
    pub links: Vec<FinishedLink>,
    /// Its status.
    pub status: Status,
}

/// An event of a finished span.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FinishedEvent {
    /// Its name: the message of an event of `tracing`.
    pub name: String,
    /// Its attributes.
    pub attributes: BTreeMap<String, Value>,
}

/// A link to another span.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FinishedLink {
    /// The trace of the other span.
    pub trace_id: String,
    /// The other span.
    pub span_id: String,
    /// The attributes of the link.
    pub attributes: BTreeMap<String, Value>,
}

/// The status of a finished span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// No status was set.
    Unset,
    /// The application said that the span succeeded.
    Ok,
    /// The span failed, with this description.
    Error(String),
}

/// The spans of a batch, as they would be exported.
pub(super) fn decode(batch: &Batch) -> Vec<FinishedSpan> {
    // This crate wrote them, so they decode.
    batch.scopes().flat_map(|scope| scope.decoded().unwrap_or_default()).map(FinishedSpan::decode).collect()
}

impl FinishedSpan {
    fn decode(span: otlp::Span) -> Self {
        let kind = match span.kind() {
            otlp::span::SpanKind::Server => "server",
            otlp::span::SpanKind::Client => "client",
            otlp::span::SpanKind::Producer => "producer",
            otlp::span::SpanKind::Consumer => "consumer",
            otlp::span::SpanKind::Internal | otlp::span::SpanKind::Unspecified => "internal",
        };
        let status = span.status.unwrap_or_default();
        Self {
            trace_id: hex(&span.trace_id),
            span_id: hex(&span.span_id),
            parent_id: (!span.parent_span_id.is_empty()).then(|| hex(&span.parent_span_id)),
            name: span.name,
            kind,
            start: SystemTime::UNIX_EPOCH + Duration::from_nanos(span.start_time_unix_nano),
            duration: Duration::from_nanos(span.end_time_unix_nano.saturating_sub(span.start_time_unix_nano)),
            attributes: attributes(span.attributes),
            events: span.events.into_iter().map(FinishedEvent::decode).collect(),
            links: span.links.into_iter().map(FinishedLink::decode).collect(),
            status: match status.code() {
                otlp::status::StatusCode::Unset => Status::Unset,
                otlp::status::StatusCode::Ok => Status::Ok,
                otlp::status::StatusCode::Error => Status::Error(status.message),
            },
        }
    }
}

impl FinishedEvent {
    fn decode(event: otlp::span::Event) -> Self {
        Self { name: event.name, attributes: attributes(event.attributes) }
    }
}

impl FinishedLink {
    fn decode(link: otlp::span::Link) -> Self {
        Self {
            trace_id: hex(&link.trace_id),
            span_id: hex(&link.span_id),
            attributes: attributes(link.attributes),
        }
    }
}

fn attributes(attributes: Vec<proto::KeyValue>) -> BTreeMap<String, Value> {
    attributes.into_iter().map(|attribute| (attribute.key, value(attribute.value))).collect()
}

fn value(any: Option<proto::AnyValue>) -> Value {
    match any.and_then(|any| any.value) {
        Some(ProtoValue::StringValue(text)) => text.into(),
        Some(ProtoValue::BoolValue(value)) => value.into(),
        Some(ProtoValue::IntValue(value)) => value.into(),
        Some(ProtoValue::DoubleValue(value)) => value.into(),
        Some(ProtoValue::ArrayValue(array)) => {
            array.values.into_iter().map(|element| value(Some(element))).collect()
        }
        // A span's attributes have no other kinds.
        _ => Value::Null,
    }
}
