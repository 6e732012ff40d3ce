//! Events and links of a span. Validated together with the span, decoded on demand.

use std::borrow::Cow;

use crate::{
    id::{SpanId, TraceId},
    time::Nanos,
    value::{Attribute, check_attribute, lossy_text, submessages},
    wire::{Reader, WireError, truncate_to_u32},
};

/// An event of a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event<'a> {
    pub time: Nanos,
    pub name: Cow<'a, str>,
    pub dropped_attributes: u32,
    raw: &'a [u8],
}

impl<'a> Event<'a> {
    pub(super) fn decode(raw: &'a [u8]) -> Self {
        let mut event = Self { time: Nanos::ZERO, name: Cow::Borrowed(""), dropped_attributes: 0, raw };
        for field in Reader::new(raw).map_while(Result::ok) {
            match field.number {
                1 => event.time = Nanos::from_unix(field.fixed64().unwrap_or_default()),
                2 => event.name = lossy_text(field.bytes().unwrap_or_default()),
                4 => event.dropped_attributes = truncate_to_u32(field.varint().unwrap_or_default()),
                _ => {}
            }
        }
        event
    }

    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        self.raw_attributes().map(Attribute::decode)
    }

    /// The attributes as undecoded `KeyValue` messages.
    pub fn raw_attributes(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        submessages(self.raw, 3)
    }
}

/// A link to a span of this or another trace. Invalid ids are `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link<'a> {
    pub trace_id: Option<TraceId>,
    pub span_id: Option<SpanId>,
    pub trace_state: Cow<'a, str>,
    pub flags: u32,
    pub dropped_attributes: u32,
    raw: &'a [u8],
}

impl<'a> Link<'a> {
    pub(super) fn decode(raw: &'a [u8]) -> Self {
        let mut link = Self {
            trace_id: None,
            span_id: None,
            trace_state: Cow::Borrowed(""),
            flags: 0,
            dropped_attributes: 0,
            raw,
        };
        for field in Reader::new(raw).map_while(Result::ok) {
            match field.number {
                1 => link.trace_id = TraceId::from_bytes(field.bytes().unwrap_or_default()).ok(),
                2 => link.span_id = SpanId::from_bytes(field.bytes().unwrap_or_default()).ok(),
                3 => link.trace_state = lossy_text(field.bytes().unwrap_or_default()),
                5 => link.dropped_attributes = truncate_to_u32(field.varint().unwrap_or_default()),
                6 => link.flags = field.fixed32().unwrap_or_default(),
                _ => {}
            }
        }
        link
    }

    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        self.raw_attributes().map(Attribute::decode)
    }

    /// The attributes as undecoded `KeyValue` messages.
    pub fn raw_attributes(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        submessages(self.raw, 4)
    }
}

pub(super) fn check_event(raw: &[u8]) -> Result<(), WireError> {
    for field in Reader::new(raw) {
        let field = field?;
        match field.number {
            1 => drop(field.fixed64()?),
            2 => drop(field.bytes()?),
            3 => drop(check_attribute(field.bytes()?)?),
            4 => drop(field.varint()?),
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn check_link(raw: &[u8]) -> Result<(), WireError> {
    for field in Reader::new(raw) {
        let field = field?;
        match field.number {
            1..=3 => drop(field.bytes()?),
            4 => drop(check_attribute(field.bytes()?)?),
            5 => drop(field.varint()?),
            6 => drop(field.fixed32()?),
            _ => {}
        }
    }
    Ok(())
}
