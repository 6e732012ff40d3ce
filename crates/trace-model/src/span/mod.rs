//! A span and its parts, borrowed from the bytes they arrived in.
//!
//! [`Span::decode`] reads what every span is sorted and drawn by; attributes, events and links are iterators that
//! take the bytes apart when somebody asks. Field numbers: `opentelemetry/proto/trace/v1/trace.proto`.

mod event_link;
mod kind;

use std::borrow::Cow;

use thiserror::Error;

pub use event_link::{Event, Link};
use event_link::{check_event, check_link};
pub use kind::{SpanKind, Status, StatusCode};

use crate::{
    id::{IdError, SpanId, TraceId},
    time::Nanos,
    value::{Attribute, check_attribute, submessages, text},
    wire::{Reader, WireError, low_half},
};

/// Why a span cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SpanError {
    #[error("its trace id is invalid")]
    TraceId(#[source] IdError),
    #[error("its span id is invalid")]
    SpanId(#[source] IdError),
    #[error("it is malformed")]
    Wire(#[from] WireError),
}

/// One operation of a trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Span<'a> {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    /// None for a root. An invalid parent id counts as none.
    pub parent: Option<SpanId>,
    /// It names a parent, by something that is no id.
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
    /// How many there are, counted without decoding them.
    pub attribute_count: u32,
    pub event_count: u32,
    pub link_count: u32,
    raw: &'a [u8],
}

impl<'a> Span<'a> {
    /// Decodes a `Span` message and checks it to its last byte.
    ///
    /// # Errors
    /// [`SpanError`]: without valid ids a span has no place in any trace; a malformed one cannot be trusted.
    pub fn decode(raw: &'a [u8]) -> Result<Self, SpanError> {
        Self::decode_with(raw, |_| ())
    }

    /// [`Self::decode`] that hands on every attribute, as its `KeyValue` message, on the way. Those of a span that turns
    /// out to be bad were handed on, too.
    ///
    /// # Errors
    /// As [`Self::decode`].
    #[inline]
    pub fn decode_with(raw: &'a [u8], mut each_attribute: impl FnMut(&'a [u8])) -> Result<Self, SpanError> {
        let (mut trace_id, mut span_id): (&[u8], &[u8]) = (&[], &[]);
        let mut span = Self::blank(raw);
        for tagged in Reader::new(raw) {
            let tagged = tagged?;
            match tagged.number {
                1 => trace_id = tagged.bytes()?,
                2 => span_id = tagged.bytes()?,
                3 => span.trace_state = text(tagged.bytes()?),
                4 => {
                    let id = tagged.bytes()?;
                    span.parent = SpanId::from_bytes(id).ok();
                    // Zeros are how some say that there is none.
                    span.invalid_parent = span.parent.is_none() && id.iter().any(|byte| *byte != 0);
                }
                5 => span.name = text(tagged.bytes()?),
                6 => span.kind = SpanKind::from_otlp(tagged.varint()?),
                7 => span.start = Nanos::from_unix(tagged.fixed64()?),
                8 => span.end = Nanos::from_unix(tagged.fixed64()?),
                9 => {
                    let attribute = tagged.bytes()?;
                    check_attribute(attribute)?;
                    each_attribute(attribute);
                    span.attribute_count = span.attribute_count.saturating_add(1);
                }
                10 => span.dropped_attributes = low_half(tagged.varint()?),
                11 => {
                    check_event(tagged.bytes()?)?;
                    span.event_count = span.event_count.saturating_add(1);
                }
                12 => span.dropped_events = low_half(tagged.varint()?),
                13 => {
                    check_link(tagged.bytes()?)?;
                    span.link_count = span.link_count.saturating_add(1);
                }
                14 => span.dropped_links = low_half(tagged.varint()?),
                15 => span.status = Status::decode(tagged.bytes()?)?,
                16 => span.flags = tagged.fixed32()?,
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

    /// Nanoseconds from start to end; zero when it ends before it starts.
    pub const fn duration(&self) -> u64 {
        self.end.since(self.start)
    }

    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        submessages(self.raw, 9).map(Attribute::decode)
    }

    /// Its attributes as `KeyValue` messages, not taken apart.
    pub fn raw_attributes(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        Self::raw_attributes_of(self.raw)
    }

    /// [`Self::raw_attributes`] of a `Span` message that [`Self::decode`] took.
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
