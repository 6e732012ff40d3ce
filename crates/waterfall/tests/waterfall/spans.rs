//! Spans for requests, in OpenTelemetry's generated types.

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value},
    resource::v1::Resource,
    trace::v1::{ResourceSpans, ScopeSpans, Span, Status, span::Link},
};
use prost::Message;

/// 2023-11-14, in nanoseconds.
pub(crate) const START: u64 = 1_700_000_000_123_456_789;
pub(crate) const MS: u64 = 1_000_000;

pub(crate) fn trace_hex(trace: u8) -> String {
    format!("{trace:02x}").repeat(16)
}

pub(crate) fn span_hex(span: u64) -> String {
    format!("{span:016x}")
}

pub(crate) fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

pub(crate) fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::StringValue(value.into()))
}

/// A server span of 10 ms that starts `id` ms after [`START`].
pub(crate) fn span(trace: u8, id: u64, parent: u64, name: &str) -> Span {
    Span {
        trace_id: vec![trace; 16],
        span_id: id.to_be_bytes().into(),
        parent_span_id: if parent == 0 { vec![] } else { parent.to_be_bytes().into() },
        name: name.into(),
        kind: 2,
        start_time_unix_nano: START + id * MS,
        end_time_unix_nano: START + (id + 10) * MS,
        ..Span::default()
    }
}

pub(crate) fn failed(span: Span, message: &str) -> Span {
    Span { status: Some(Status { code: 2, message: message.into() }), ..span }
}

pub(crate) fn linked(span: Span, trace: u8, id: u64) -> Span {
    let link = Link { trace_id: vec![trace; 16], span_id: id.to_be_bytes().into(), ..Link::default() };
    Span { links: vec![link], ..span }
}

pub(crate) fn of_service(service: &str, spans: Vec<Span>) -> ResourceSpans {
    ResourceSpans {
        resource: Some(Resource { attributes: vec![text("service.name", service)], ..Resource::default() }),
        scope_spans: vec![ScopeSpans {
            scope: Some(InstrumentationScope {
                name: "test".into(),
                version: "1".into(),
                ..Default::default()
            }),
            spans,
            ..ScopeSpans::default()
        }],
        ..ResourceSpans::default()
    }
}

pub(crate) fn request(resource_spans: Vec<ResourceSpans>) -> ExportTraceServiceRequest {
    ExportTraceServiceRequest { resource_spans }
}

/// An encoded request with spans of one service.
pub(crate) fn body(spans: Vec<Span>) -> Vec<u8> {
    request(vec![of_service("shop", spans)]).encode_to_vec()
}
