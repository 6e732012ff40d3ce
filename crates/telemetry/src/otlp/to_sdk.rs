//! Encoded spans as the SDK's [`SpanData`](sdk::SpanData), for processors, exporters and samplers of the application.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId};
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_proto::tonic::common::v1 as common;
use opentelemetry_proto::tonic::common::v1::any_value::Value as AnyValue;
use opentelemetry_proto::tonic::trace::v1 as otlp;
use opentelemetry_sdk::trace::{self as sdk, SpanEvents, SpanLinks};
use prost::{DecodeError, Message};

use super::attributes::Attributes;
use super::batch::{Batch, Scope};
use super::encode_span::IS_REMOTE;
use crate::semconv;

impl Scope {
    /// Decodes the spans, in the order in which they were added.
    pub(crate) fn decoded(&self) -> Result<Vec<otlp::Span>, DecodeError> {
        // The `spans` fields alone are a valid `ScopeSpans` message.
        otlp::ScopeSpans::decode(self.spans.as_slice()).map(|scope| scope.spans)
    }
}

impl Batch {
    /// The spans as the SDK would hand them over. This crate encoded them, so they decode.
    pub(crate) fn to_sdk(&self) -> Vec<sdk::SpanData> {
        let spans_of = |scope: &Scope| {
            let name = scope.name.clone().unwrap_or_else(semconv::scope);
            let spans = scope.decoded().unwrap_or_default();
            spans.into_iter().map(move |span| span_data(span, name.clone())).collect::<Vec<_>>()
        };
        self.scopes().flat_map(spans_of).collect()
    }
}

impl Attributes {
    /// The attributes as OpenTelemetry's API has them.
    pub(crate) fn to_key_values(&self) -> Vec<KeyValue> {
        // The `attributes` fields alone are a valid `Span` message.
        key_values(otlp::Span::decode(self.as_bytes()).unwrap_or_default().attributes)
    }
}

fn span_data(span: otlp::Span, scope: InstrumentationScope) -> sdk::SpanData {
    let mut events = SpanEvents::default();
    events.dropped_count = span.dropped_events_count;
    events.events = span.events.into_iter().map(event).collect();
    let mut links = SpanLinks::default();
    links.dropped_count = span.dropped_links_count;
    links.links = span.links.into_iter().map(link).collect();
    let status = span.status.unwrap_or_default();
    sdk::SpanData {
        // The flag of OTLP is that of the parent: a finished span is local.
        span_context: span_context(&span.trace_id, &span.span_id, span.flags & !IS_REMOTE, &span.trace_state),
        parent_span_id: span_id(&span.parent_span_id),
        parent_span_is_remote: span.flags & IS_REMOTE != 0,
        span_kind: match otlp::span::SpanKind::try_from(span.kind) {
            Ok(otlp::span::SpanKind::Server) => SpanKind::Server,
            Ok(otlp::span::SpanKind::Client) => SpanKind::Client,
            Ok(otlp::span::SpanKind::Producer) => SpanKind::Producer,
            Ok(otlp::span::SpanKind::Consumer) => SpanKind::Consumer,
            _ => SpanKind::Internal,
        },
        name: span.name.into(),
        start_time: time(span.start_time_unix_nano),
        end_time: time(span.end_time_unix_nano),
        attributes: key_values(span.attributes),
        dropped_attributes_count: span.dropped_attributes_count,
        events,
        links,
        status: match status.code() {
            otlp::status::StatusCode::Unset => Status::Unset,
            otlp::status::StatusCode::Ok => Status::Ok,
            otlp::status::StatusCode::Error => Status::error(status.message),
        },
        instrumentation_scope: scope,
    }
}

fn event(event: otlp::span::Event) -> Event {
    let dropped = event.dropped_attributes_count;
    Event::new(event.name, time(event.time_unix_nano), key_values(event.attributes), dropped)
}

fn link(link: otlp::span::Link) -> Link {
    let to = span_context(&link.trace_id, &link.span_id, link.flags, &link.trace_state);
    Link::new(to, key_values(link.attributes), link.dropped_attributes_count)
}

fn span_context(trace: &[u8], span: &[u8], flags: u32, state: &str) -> SpanContext {
    let trace_id = trace.try_into().map_or(TraceId::INVALID, TraceId::from_bytes);
    // The lowest byte has the flags of W3C Trace Context.
    let [trace_flags, ..] = flags.to_le_bytes();
    // OpenTelemetry's type cannot hold every state that is valid in Level 2.
    let state = state.parse().unwrap_or_default();
    let is_remote = flags & IS_REMOTE != 0;
    SpanContext::new(trace_id, span_id(span), TraceFlags::new(trace_flags), is_remote, state)
}

fn span_id(id: &[u8]) -> SpanId {
    id.try_into().map_or(SpanId::INVALID, SpanId::from_bytes)
}

fn time(nanoseconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(nanoseconds)
}

fn key_values(attributes: Vec<common::KeyValue>) -> Vec<KeyValue> {
    let key_value = |attribute: common::KeyValue| {
        Some(KeyValue::new(attribute.key, value(attribute.value.and_then(|any| any.value)?)?))
    };
    attributes.into_iter().filter_map(key_value).collect()
}

/// `None` for a kind that attributes of spans do not have.
fn value(any: AnyValue) -> Option<Value> {
    Some(match any {
        AnyValue::StringValue(text) => text.into(),
        AnyValue::BoolValue(value) => value.into(),
        AnyValue::IntValue(value) => value.into(),
        AnyValue::DoubleValue(value) => value.into(),
        AnyValue::ArrayValue(array) => Value::Array(array_value(array)?),
        _ => return None,
    })
}

/// All elements have the type of the first. An empty array has none, and becomes one of texts.
fn array_value(array: common::ArrayValue) -> Option<Array> {
    let elements: Vec<Value> =
        array.values.into_iter().map(|element| value(element.value?)).collect::<Option<_>>()?;
    macro_rules! of {
        ($kind:ident) => {
            elements
                .into_iter()
                .map(|element| if let Value::$kind(element) = element { Some(element) } else { None })
                .collect::<Option<Vec<_>>>()?
                .into()
        };
    }
    Some(match elements.first() {
        None => Array::String(Vec::<StringValue>::new()),
        Some(Value::Bool(_)) => of!(Bool),
        Some(Value::I64(_)) => of!(I64),
        Some(Value::F64(_)) => of!(F64),
        Some(_) => of!(String),
    })
}
