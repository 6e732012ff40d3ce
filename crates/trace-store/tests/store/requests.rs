//! Export requests, built with the types of `opentelemetry-proto`.

use opentelemetry_proto::tonic::{
    collector::{logs::v1::ExportLogsServiceRequest, trace::v1::ExportTraceServiceRequest},
    common::v1::{AnyValue, KeyValue, any_value::Value},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
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

/// Adds an attribute of so many bytes that does not compress.
pub(crate) fn padded(span: Span, bytes: usize) -> Span {
    let seed = span.start_time_unix_nano ^ u64::from_be_bytes(span.trace_id[8..].try_into().unwrap());
    let value = Some(AnyValue { value: Some(Value::StringValue(noise(seed, bytes))) });
    Span { attributes: vec![KeyValue { key: "pad".into(), value, ..KeyValue::default() }], ..span }
}

/// Pseudo-random text, deterministic by its seed.
pub(crate) fn noise(seed: u64, bytes: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'0' + u8::try_from(state >> 58).unwrap())
    };
    (0..bytes).map(|_| next()).collect()
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
    of_each(std::iter::once((service.to_owned(), spans)))
}

/// A request with spans of several services.
pub(crate) fn of_each(services: impl Iterator<Item = (String, Vec<Span>)>) -> Vec<u8> {
    let of_one = |(service, spans): (String, Vec<Span>)| {
        let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
        ResourceSpans { resource: Some(resource(&service)), scope_spans, ..ResourceSpans::default() }
    };
    ExportTraceServiceRequest { resource_spans: services.map(of_one).collect() }.encode_to_vec()
}

/// A log record of a span. The time is in nanoseconds since 1970. Trace 0 stands for no trace.
pub(crate) fn log(trace: u64, span: u64, time: u64, text: &str) -> LogRecord {
    LogRecord {
        trace_id: if trace == 0 { vec![] } else { trace_id(trace).as_bytes().to_vec() },
        span_id: span.to_be_bytes().to_vec(),
        time_unix_nano: time,
        body: Some(AnyValue { value: Some(Value::StringValue(text.into())) }),
        ..LogRecord::default()
    }
}

pub(crate) fn logs_of(service: &str, log_records: Vec<LogRecord>) -> Vec<u8> {
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    let resource_logs =
        vec![ResourceLogs { resource: Some(resource(service)), scope_logs, ..ResourceLogs::default() }];
    ExportLogsServiceRequest { resource_logs }.encode_to_vec()
}

fn resource(service: &str) -> Resource {
    let value = Some(AnyValue { value: Some(Value::StringValue(service.into())) });
    let name = KeyValue { key: "service.name".into(), value, ..KeyValue::default() };
    Resource { attributes: vec![name], ..Resource::default() }
}
