//! Requests in OpenTelemetry's own types.

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, KeyValue, any_value::Value},
    resource::v1::Resource,
    trace::v1::{ResourceSpans, ScopeSpans, Span, span::Link},
};
use prost::Message;
use trace_model::{SpanId, TraceId};

pub(crate) fn trace_id(trace: u64) -> TraceId {
    TraceId::from_bytes(&u128::from(trace).to_be_bytes()).unwrap()
}

pub(crate) fn span_id(span: u64) -> SpanId {
    SpanId::from_bytes(&span.to_be_bytes()).unwrap()
}

pub(crate) fn span(trace: u64, id: u64, parent: u64) -> Span {
    Span {
        trace_id: trace_id(trace).as_bytes().to_vec(),
        span_id: id.to_be_bytes().to_vec(),
        parent_span_id: if parent == 0 { vec![] } else { parent.to_be_bytes().to_vec() },
        name: format!("span {id}"),
        start_time_unix_nano: 1_000 + id,
        end_time_unix_nano: 2_000 + id,
        ..Span::default()
    }
}

/// With a name of so many bytes.
pub(crate) fn padded(span: Span, bytes: usize) -> Span {
    Span { name: "x".repeat(bytes), ..span }
}

pub(crate) fn linked(span: Span, trace: u64, id: u64) -> Span {
    let link = Link {
        trace_id: trace_id(trace).as_bytes().to_vec(),
        span_id: id.to_be_bytes().to_vec(),
        ..Link::default()
    };
    Span { links: vec![link], ..span }
}

pub(crate) fn of(service: &str, spans: Vec<Span>) -> Vec<u8> {
    let value = Some(AnyValue { value: Some(Value::StringValue(service.into())) });
    let name = KeyValue { key: "service.name".into(), value, ..KeyValue::default() };
    let resource = Some(Resource { attributes: vec![name], ..Resource::default() });
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { resource, scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}
