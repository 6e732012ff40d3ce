//! Spans, borrowed from the received bytes.
//!
//! [`Span::decode`] reads the scalar fields. Attributes, events and links are iterators that decode on demand.
//! Field numbers: `opentelemetry/proto/trace/v1/trace.proto`.

mod event_link;
mod kind;
mod status;

use std::borrow::Cow;

use thiserror::Error;

pub use event_link::{Event, Link};
use event_link::{check_event, check_link};
pub use kind::SpanKind;
pub use status::{Status, StatusCode};

use crate::{
    id::{IdError, SpanId, TraceId},
    time::Nanos,
    value::{Attribute, Encoding, check_attribute, lossy_text, submessages},
    wire::{Reader, WireError, truncate_to_u32},
};

/// Why a span is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SpanError {
    #[error("invalid trace id")]
    TraceId(#[source] IdError),
    #[error("invalid span id")]
    SpanId(#[source] IdError),
    #[error("malformed message")]
    Wire(#[from] WireError),
    /// Each span of an id is compared with all others of that id.
    #[error("too many spans of one trace have the same id")]
    RepeatedId,
}

/// A span: one operation of a trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Span<'a> {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    /// `None` for a root span and for an invalid parent id.
    pub parent: Option<SpanId>,
    /// Whether the span has a parent id that is invalid.
    pub invalid_parent: bool,
    pub name: Cow<'a, str>,
    pub kind: SpanKind,
    pub start: Nanos,
    pub end: Nanos,
    pub status: Status<'a>,
    pub trace_state: Cow<'a, str>,
    pub flags: u32,
    pub dropped_attributes: u32,
    pub dropped_events: u32,
    pub dropped_links: u32,
    /// Number of attributes, counted without decoding them.
    pub attribute_count: u32,
    pub event_count: u32,
    pub link_count: u32,
    raw: &'a [u8],
}

impl<'a> Span<'a> {
    /// Decodes the scalar fields of a `Span` message and validates all of it.
    ///
    /// # Errors
    /// [`SpanError`] for invalid ids or a malformed message.
    pub fn decode(raw: &'a [u8]) -> Result<Self, SpanError> {
        Self::decode_with(raw, |_, _| ())
    }

    /// Like [`Self::decode`], and calls `each_attribute` with every `KeyValue` message and how it is encoded. It is also called for a
    /// span that turns out to be invalid.
    ///
    /// # Errors
    /// As [`Self::decode`].
    #[inline]
    pub fn decode_with(
        raw: &'a [u8],
        mut each_attribute: impl FnMut(&'a [u8], Encoding),
    ) -> Result<Self, SpanError> {
        let (mut trace_id, mut span_id): (&[u8], &[u8]) = (&[], &[]);
        let mut span = Self::blank(raw);
        for field in Reader::new(raw) {
            let field = field?;
            match field.number {
                1 => trace_id = field.bytes()?,
                2 => span_id = field.bytes()?,
                3 => span.trace_state = lossy_text(field.bytes()?),
                4 => {
                    let id = field.bytes()?;
                    span.parent = SpanId::from_bytes(id).ok();
                    // Some exporters write zeros for a missing parent.
                    span.invalid_parent = span.parent.is_none() && id.iter().any(|byte| *byte != 0);
                }
                5 => span.name = lossy_text(field.bytes()?),
                6 => span.kind = SpanKind::from_otlp(field.varint()?),
                7 => span.start = Nanos::from_unix(field.fixed64()?),
                8 => span.end = Nanos::from_unix(field.fixed64()?),
                9 => {
                    let attribute = field.bytes()?;
                    each_attribute(attribute, check_attribute(attribute)?);
                    span.attribute_count = span.attribute_count.saturating_add(1);
                }
                10 => span.dropped_attributes = truncate_to_u32(field.varint()?),
                11 => {
                    check_event(field.bytes()?)?;
                    span.event_count = span.event_count.saturating_add(1);
                }
                12 => span.dropped_events = truncate_to_u32(field.varint()?),
                13 => {
                    check_link(field.bytes()?)?;
                    span.link_count = span.link_count.saturating_add(1);
                }
                14 => span.dropped_links = truncate_to_u32(field.varint()?),
                15 => span.status = Status::decode(field.bytes()?)?,
                16 => span.flags = field.fixed32()?,
                _ => {}
            }
        }
        span.trace_id = TraceId::from_bytes(trace_id).map_err(SpanError::TraceId)?;
        span.span_id = SpanId::from_bytes(span_id).map_err(SpanError::SpanId)?;
        Ok(span)
    }

    fn blank(raw: &'a [u8]) -> Self {
        Self {
            trace_id: TraceId::PLACEHOLDER,
            span_id: SpanId::PLACEHOLDER,
            parent: None,
            invalid_parent: false,
            name: Cow::Borrowed(""),
            kind: SpanKind::Unspecified,
            start: Nanos::ZERO,
            end: Nanos::ZERO,
            status: Status::default(),
            trace_state: Cow::Borrowed(""),
            flags: 0,
            dropped_attributes: 0,
            dropped_events: 0,
            dropped_links: 0,
            attribute_count: 0,
            event_count: 0,
            link_count: 0,
            raw,
        }
    }

    /// The bytes of the `Span` message.
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Nanoseconds from start to end. Zero if a time is unset, or the span ends before it starts.
    pub const fn duration(&self) -> u64 {
        if self.start.is_unset() { 0 } else { self.end.since(self.start) }
    }

    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        submessages(self.raw, 9).map(Attribute::decode)
    }

    /// The attributes as undecoded `KeyValue` messages.
    pub fn raw_attributes(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        Self::raw_attributes_of(self.raw)
    }

    /// Like [`Self::raw_attributes`], for a `Span` message that passed [`Self::decode`].
    pub fn raw_attributes_of(raw: &'a [u8]) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        submessages(raw, 9)
    }

    pub fn events(&self) -> impl Iterator<Item = Event<'a>> + use<'a> {
        submessages(self.raw, 11).map(Event::decode)
    }

    pub fn links(&self) -> impl Iterator<Item = Link<'a>> + use<'a> {
        submessages(self.raw, 13).map(Link::decode)
    }
}
