//! Finished spans straight to the bytes of an OTLP `ExportTraceServiceRequest`.
//!
//! The generated types want a copy of every attribute before they encode it; here the bytes are written from what the
//! span holds. Field numbers: opentelemetry-proto 1.x, `trace.proto`, `common.proto`, `resource.proto`.

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{Event, Link, SpanId, SpanKind, Status, TraceState};
use opentelemetry::{Array, InstrumentationScope, KeyValue, Value};

use super::batch::{Batch, Scope};
use super::wire::{self, Buffer};
use crate::span::Finished;

/// `Span.flags`: bit 0x200 is meaningful, and what it says.
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// Turns batches into requests; what is the same for all of them is encoded once.
#[derive(Debug)]
pub(crate) struct Encoder {
    /// The `resource` field of `ResourceSpans`, with its tag.
    resource: Vec<u8>,
}

impl Encoder {
    pub(super) fn new<'a>(attributes: impl IntoIterator<Item = (&'a opentelemetry::Key, &'a Value)>) -> Self {
        let mut body = Buffer::default();
        for (key, value) in attributes {
            key_value(&mut body, 1, key.as_str(), value);
        }
        let mut resource = Buffer::default();
        resource.bytes(1, &body.0);
        Self { resource: resource.0 }
    }

    /// The request for `batch`.
    pub(super) fn request(&self, batch: &Batch) -> Vec<u8> {
        let heads: Vec<(Buffer, &Scope)> =
            batch.scopes().map(|scope| (scope_head(&scope.of), scope)).collect();
        // Lengths first, so that everything is written once, where it belongs.
        let length_of = |(head, scope): &(Buffer, &Scope)| head.0.len() + scope.spans.0.len();
        let scopes_length: usize = heads.iter().map(|scope| wire::bytes_length(2, length_of(scope))).sum();
        let length = self.resource.len() + scopes_length;
        let mut request = Buffer(Vec::with_capacity(wire::bytes_length(1, length)));
        request.head(1, length);
        request.0.extend_from_slice(&self.resource);
        for scope in &heads {
            request.head(2, length_of(scope));
            request.0.extend_from_slice(&scope.0.0);
            request.0.extend_from_slice(&scope.1.spans.0);
        }
        request.0
    }
}

/// The fields of `ScopeSpans` but for its spans.
fn scope_head(scope: &InstrumentationScope) -> Buffer {
    let mut body = Buffer::default();
    body.text(1, scope.name());
    body.text(2, scope.version().unwrap_or_default());
    for attribute in scope.attributes() {
        key_value(&mut body, 3, attribute.key.as_str(), &attribute.value);
    }
    let mut head = Buffer::default();
    head.bytes(1, &body.0);
    if let Some(schema) = scope.schema_url() {
        head.text(3, schema);
    }
    head
}

/// The fields of `Span`.
pub(super) fn span(to: &mut Buffer, finished: &Finished) {
    let data = &finished.data;
    to.bytes(1, &data.span_context.trace_id().to_bytes());
    to.bytes(2, &data.span_context.span_id().to_bytes());
    match &finished.trace_state {
        Some(state) => to.text(3, state),
        None if *data.span_context.trace_state() == TraceState::NONE => {}
        None => to.text(3, &data.span_context.trace_state().header()),
    }
    if data.parent_span_id != SpanId::INVALID {
        to.bytes(4, &data.parent_span_id.to_bytes());
    }
    to.text(5, &data.name);
    to.number(6, kind(&data.span_kind));
    to.fixed64(7, nanoseconds(data.start_time));
    to.fixed64(8, nanoseconds(data.end_time));
    for attribute in &data.attributes {
        key_value(to, 9, attribute.key.as_str(), &attribute.value);
    }
    to.number(10, data.dropped_attributes_count.into());
    for item in &data.events.events {
        event(to, item);
    }
    to.number(12, data.events.dropped_count.into());
    for item in &data.links.links {
        link(to, item);
    }
    to.number(14, data.links.dropped_count.into());
    status(to, &data.status);
    to.fixed32(16, flags(data.span_context.trace_flags().to_u8(), data.parent_span_is_remote));
}

fn event(to: &mut Buffer, event: &Event) {
    let mut body = Buffer::default();
    body.fixed64(1, nanoseconds(event.timestamp));
    body.text(2, &event.name);
    attributes(&mut body, 3, &event.attributes);
    body.number(4, event.dropped_attributes_count.into());
    to.bytes(11, &body.0);
}

fn link(to: &mut Buffer, link: &Link) {
    let mut body = Buffer::default();
    body.bytes(1, &link.span_context.trace_id().to_bytes());
    body.bytes(2, &link.span_context.span_id().to_bytes());
    body.text(3, &link.span_context.trace_state().header());
    attributes(&mut body, 4, &link.attributes);
    body.number(5, link.dropped_attributes_count.into());
    body.fixed32(6, flags(link.span_context.trace_flags().to_u8(), link.span_context.is_remote()));
    to.bytes(13, &body.0);
}

fn status(to: &mut Buffer, status: &Status) {
    match status {
        Status::Unset => {}
        Status::Ok => {
            let mut body = Buffer::default();
            body.number(3, 1);
            to.bytes(15, &body.0);
        }
        Status::Error { description } => {
            let mut body = Buffer::default();
            body.text(2, description);
            body.number(3, 2);
            to.bytes(15, &body.0);
        }
    }
}

fn flags(trace: u8, remote: bool) -> u32 {
    u32::from(trace) | HAS_IS_REMOTE | if remote { IS_REMOTE } else { 0 }
}

fn kind(kind: &SpanKind) -> u64 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}

/// Since 1970; a time before that is no time that a span has.
fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

fn attributes(to: &mut Buffer, field: u32, attributes: &[KeyValue]) {
    for attribute in attributes {
        key_value(to, field, attribute.key.as_str(), &attribute.value);
    }
}

/// `KeyValue { key = 1, value = 2 }`, written once, its length known beforehand.
fn key_value(to: &mut Buffer, field: u32, key: &str, value: &Value) {
    // Nearly every attribute is a short text: then every length and tag is one byte.
    if let Value::String(text) = value
        && to.short_pair(field, key, text.as_str())
    {
        return;
    }
    let value_length = any_value_length(value);
    to.head(field, wire::text_length(1, key) + wire::bytes_length(2, value_length));
    to.text(1, key);
    to.head(2, value_length);
    any_value(to, value);
}

/// `AnyValue`: its one field is written even when it holds a default, for a missing one means no value.
fn any_value(to: &mut Buffer, value: &Value) {
    match value {
        Value::String(text) => to.bytes(1, text.as_str().as_bytes()),
        Value::Bool(value) => to.present_number(2, u64::from(*value)),
        Value::I64(value) => to.present_number(3, value.cast_unsigned()),
        Value::F64(value) => to.fixed64(4, value.to_bits()),
        Value::Array(array) => {
            to.head(5, array_length(array));
            each(array, |value| {
                to.head(1, any_value_length(value));
                any_value(to, value);
            });
        }
        // `Value` may grow; what it grows is told as text.
        other => to.bytes(1, other.as_str().as_bytes()),
    }
}

fn any_value_length(value: &Value) -> usize {
    match value {
        Value::String(text) => wire::bytes_length(1, text.as_str().len()),
        Value::Bool(_) => wire::number_length(2, 1),
        Value::I64(value) => wire::number_length(3, value.cast_unsigned()),
        Value::F64(_) => wire::FIXED64_LENGTH,
        Value::Array(array) => wire::bytes_length(5, array_length(array)),
        other => wire::bytes_length(1, other.as_str().len()),
    }
}

fn array_length(array: &Array) -> usize {
    let mut length = 0;
    each(array, |value| length += wire::bytes_length(1, any_value_length(value)));
    length
}

fn each(array: &Array, mut visit: impl FnMut(&Value)) {
    match array {
        Array::Bool(values) => values.iter().for_each(|value| visit(&Value::Bool(*value))),
        Array::I64(values) => values.iter().for_each(|value| visit(&Value::I64(*value))),
        Array::F64(values) => values.iter().for_each(|value| visit(&Value::F64(*value))),
        Array::String(values) => values.iter().for_each(|value| visit(&Value::String(value.clone()))),
        _ => {}
    }
}
