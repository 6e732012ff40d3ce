//! What happened during a span, and what it points at. Checked with their span, taken apart when somebody asks.

use std::borrow::Cow;

use crate::{
    id::{SpanId, TraceId},
    time::Nanos,
    value::{Attribute, check_attribute, submessages, text},
    wire::{Reader, WireError, low_half},
};

/// Something that happened at one moment of a span.
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
        for tagged in Reader::new(raw).map_while(Result::ok) {
            match tagged.number {
                1 => event.time = Nanos::from_unix(tagged.fixed64().unwrap_or_default()),
                2 => event.name = text(tagged.bytes().unwrap_or_default()),
                4 => event.dropped_attributes = low_half(tagged.varint().unwrap_or_default()),
                _ => {}
            }
        }
        event
    }

    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        submessages(self.raw, 3).map(Attribute::decode)
    }
}

/// A pointer to a span of this or another trace. The ids are None when they are invalid.
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
        for tagged in Reader::new(raw).map_while(Result::ok) {
            match tagged.number {
                1 => link.trace_id = TraceId::from_bytes(tagged.bytes().unwrap_or_default()).ok(),
                2 => link.span_id = SpanId::from_bytes(tagged.bytes().unwrap_or_default()).ok(),
                3 => link.trace_state = text(tagged.bytes().unwrap_or_default()),
                5 => link.dropped_attributes = low_half(tagged.varint().unwrap_or_default()),
                6 => link.flags = tagged.fixed32().unwrap_or_default(),
                _ => {}
            }
        }
        link
    }

    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        submessages(self.raw, 4).map(Attribute::decode)
    }
}

pub(super) fn check_event(raw: &[u8]) -> Result<(), WireError> {
    for tagged in Reader::new(raw) {
        let tagged = tagged?;
        match tagged.number {
            1 => drop(tagged.fixed64()?),
            2 => drop(tagged.bytes()?),
            3 => check_attribute(tagged.bytes()?)?,
            4 => drop(tagged.varint()?),
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn check_link(raw: &[u8]) -> Result<(), WireError> {
    for tagged in Reader::new(raw) {
        let tagged = tagged?;
        match tagged.number {
            1..=3 => drop(tagged.bytes()?),
            4 => check_attribute(tagged.bytes()?)?,
            5 => drop(tagged.varint()?),
            6 => drop(tagged.fixed32()?),
            _ => {}
        }
    }
    Ok(())
}
