//! Writes spans as an export request, for formats that repeat the resource with every span.

use crate::{
    id::{SpanId, TraceId},
    span::{SpanKind, StatusCode},
    time::Clamp,
    wire::{Nested, Writer},
};

/// A request that is being written. Consecutive spans of one resource and scope share its messages.
#[derive(Debug, Default)]
pub(super) struct SpanWriter {
    out: Writer,
    open: Option<Open>,
    pub(super) clamp: Clamp,
}

/// The messages around the last span.
#[derive(Debug)]
struct Open {
    origin: Origin,
    resource_spans: Nested,
    scope_spans: Nested,
}

/// Where a span comes from.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Origin {
    /// A `Resource` message.
    pub(super) resource: Vec<u8>,
    pub(super) resource_schema: String,
    /// An `InstrumentationScope` message.
    pub(super) scope: Vec<u8>,
    pub(super) scope_schema: String,
}

impl SpanWriter {
    /// Appends a span, whose message `write` writes.
    pub(super) fn add(
        &mut self,
        origin: Origin,
        write: impl FnOnce(&mut Writer, &mut Clamp) -> Result<(), serde_json::Error>,
    ) -> Result<(), serde_json::Error> {
        if self.open.as_ref().is_none_or(|open| open.origin != origin) {
            self.close();
            let resource_spans = self.out.begin(1);
            self.out.bytes(1, &origin.resource);
            write_text(3, &origin.resource_schema, &mut self.out);
            let scope_spans = self.out.begin(2);
            if !origin.scope.is_empty() {
                self.out.bytes(1, &origin.scope);
            }
            write_text(3, &origin.scope_schema, &mut self.out);
            self.open = Some(Open { origin, resource_spans, scope_spans });
        }
        let span = self.out.begin(2);
        write(&mut self.out, &mut self.clamp)?;
        self.out.end(span);
        Ok(())
    }

    fn close(&mut self) {
        if let Some(Open { resource_spans, scope_spans, .. }) = self.open.take() {
            self.out.end(scope_spans);
            self.out.end(resource_spans);
        }
    }

    /// The request, and the times that were out of range.
    pub(super) fn finish(mut self) -> (Vec<u8>, Clamp) {
        self.close();
        (self.out.into_bytes(), self.clamp)
    }
}

/// Writes a text field, unless it is empty.
pub(super) fn write_text(number: u32, text: &str, out: &mut Writer) {
    if !text.is_empty() {
        out.bytes(number, text.as_bytes());
    }
}

/// Writes a trace id in hex, of which leading zeros may be missing. One that is not hex is left out, and its span rejected
/// later. So is one of zeros, as other formats write a missing one.
pub(super) fn write_trace_id(number: u32, hex: &str, out: &mut Writer) {
    if let Ok(id) = TraceId::parse_padded(without_prefix(hex)) {
        out.bytes(number, id.as_bytes());
    }
}

/// [`write_trace_id`] for the id of a span.
pub(super) fn write_span_id(number: u32, hex: &str, out: &mut Writer) {
    if let Ok(id) = SpanId::parse_padded(without_prefix(hex)) {
        out.bytes(number, id.as_bytes());
    }
}

fn without_prefix(hex: &str) -> &str {
    hex.strip_prefix("0x").unwrap_or(hex)
}

pub(super) fn write_kind(kind: SpanKind, out: &mut Writer) {
    if kind != SpanKind::Unspecified {
        out.varint(6, u64::from(kind.to_otlp()));
    }
}

pub(super) fn write_status(code: StatusCode, message: &str, out: &mut Writer) {
    if code != StatusCode::Unset || !message.is_empty() {
        let status = out.begin(15);
        write_text(2, message, out);
        out.varint(3, u64::from(code.to_otlp()));
        out.end(status);
    }
}
