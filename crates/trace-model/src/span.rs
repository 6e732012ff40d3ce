//! A span and its parts, borrowed from the bytes they arrived in.
//!
//! [`Span::decode`] reads what every span is sorted and drawn by; attributes, events and links are iterators that
//! take the bytes apart when somebody asks. Field numbers: `opentelemetry/proto/trace/v1/trace.proto`.

use std::borrow::Cow;

use thiserror::Error;

use crate::{
    id::{IdError, SpanId, TraceId},
    time::Nanos,
    value::{Attribute, check_attribute, submessages, text},
    wire::{Reader, WireError},
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

/// The role of a span in a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SpanKind {
    #[default]
    Unspecified,
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

impl SpanKind {
    /// From OTLP's enum; what it does not know is unspecified.
    pub const fn from_otlp(number: u64) -> Self {
        match number {
            1 => Self::Internal,
            2 => Self::Server,
            3 => Self::Client,
            4 => Self::Producer,
            5 => Self::Consumer,
            _ => Self::Unspecified,
        }
    }

    pub const fn to_otlp(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::Internal => 1,
            Self::Server => 2,
            Self::Client => 3,
            Self::Producer => 4,
            Self::Consumer => 5,
        }
    }

    /// Lower case, as `span.kind` of Jaeger has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Internal => "internal",
            Self::Server => "server",
            Self::Client => "client",
            Self::Producer => "producer",
            Self::Consumer => "consumer",
        }
    }
}

/// Whether what the span stands for went well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum StatusCode {
    #[default]
    Unset,
    Ok,
    Error,
}

impl StatusCode {
    /// From OTLP's enum; what it does not know is unset.
    pub const fn from_otlp(number: u64) -> Self {
        match number {
            1 => Self::Ok,
            2 => Self::Error,
            _ => Self::Unset,
        }
    }

    pub const fn to_otlp(self) -> u8 {
        match self {
            Self::Unset => 0,
            Self::Ok => 1,
            Self::Error => 2,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unset => "unset",
            Self::Ok => "ok",
            Self::Error => "error",
        }
    }
}

/// A status with what the program said about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status<'a> {
    pub code: StatusCode,
    pub message: Cow<'a, str>,
}

/// One operation of a trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Span<'a> {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    /// None for a root. An invalid parent id counts as none.
    pub parent: Option<SpanId>,
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
        let (mut trace_id, mut span_id): (&[u8], &[u8]) = (&[], &[]);
        let mut span = Self::blank(raw);
        for tagged in Reader::new(raw) {
            let tagged = tagged?;
            match tagged.number {
                1 => trace_id = tagged.bytes()?,
                2 => span_id = tagged.bytes()?,
                3 => span.trace_state = text(tagged.bytes()?),
                4 => span.parent = SpanId::from_bytes(tagged.bytes()?).ok(),
                5 => span.name = text(tagged.bytes()?),
                6 => span.kind = SpanKind::from_otlp(tagged.varint()?),
                7 => span.start = Nanos::from_unix(tagged.fixed64()?),
                8 => span.end = Nanos::from_unix(tagged.fixed64()?),
                9 => {
                    check_attribute(tagged.bytes()?)?;
                    span.attribute_count = span.attribute_count.saturating_add(1);
                }
                10 => span.dropped_attributes = count(tagged.varint()?),
                11 => {
                    check_event(tagged.bytes()?)?;
                    span.event_count = span.event_count.saturating_add(1);
                }
                12 => span.dropped_events = count(tagged.varint()?),
                13 => {
                    check_link(tagged.bytes()?)?;
                    span.link_count = span.link_count.saturating_add(1);
                }
                14 => span.dropped_links = count(tagged.varint()?),
                15 => span.status = decode_status(tagged.bytes()?)?,
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
        submessages(self.raw, 9)
    }

    pub fn events(&self) -> impl Iterator<Item = Event<'a>> + use<'a> {
        submessages(self.raw, 11).map(Event::decode)
    }

    pub fn links(&self) -> impl Iterator<Item = Link<'a>> + use<'a> {
        submessages(self.raw, 13).map(Link::decode)
    }
}

/// Something that happened at one moment of a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event<'a> {
    pub time: Nanos,
    pub name: Cow<'a, str>,
    pub dropped_attributes: u32,
    raw: &'a [u8],
}

impl<'a> Event<'a> {
    fn decode(raw: &'a [u8]) -> Self {
        let mut event = Self { time: Nanos::ZERO, name: Cow::Borrowed(""), dropped_attributes: 0, raw };
        for tagged in Reader::new(raw).map_while(Result::ok) {
            match tagged.number {
                1 => event.time = Nanos::from_unix(tagged.fixed64().unwrap_or_default()),
                2 => event.name = text(tagged.bytes().unwrap_or_default()),
                4 => event.dropped_attributes = count(tagged.varint().unwrap_or_default()),
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
    fn decode(raw: &'a [u8]) -> Self {
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
                5 => link.dropped_attributes = count(tagged.varint().unwrap_or_default()),
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

/// What produced spans: a process, its service, its host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resource<'a> {
    /// The bytes of the `Resource` message.
    pub raw: &'a [u8],
}

impl<'a> Resource<'a> {
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        submessages(self.raw, 1).map(Attribute::decode)
    }

    /// Its attributes as `KeyValue` messages, not taken apart.
    pub fn raw_attributes(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        submessages(self.raw, 1)
    }

    pub fn dropped_attributes(&self) -> u32 {
        last_varint(self.raw, 2)
    }

    /// `service.name`, or the name that the specification gives to those without one.
    pub fn service_name(&self) -> Cow<'a, str> {
        self.attributes()
            .find_map(|attribute| match attribute.value {
                crate::Value::String(name) if attribute.key == "service.name" && !name.is_empty() => {
                    Some(name)
                }
                _ => None,
            })
            .unwrap_or(Cow::Borrowed("unknown_service"))
    }

    pub(crate) fn check(self) -> Result<(), WireError> {
        check_attributes(self.raw, 1)
    }
}

/// The instrumentation library that made spans.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scope<'a> {
    /// The bytes of the `InstrumentationScope` message.
    pub raw: &'a [u8],
}

impl<'a> Scope<'a> {
    pub fn name(&self) -> Cow<'a, str> {
        last_text(self.raw, 1)
    }

    pub fn version(&self) -> Cow<'a, str> {
        last_text(self.raw, 2)
    }

    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        submessages(self.raw, 3).map(Attribute::decode)
    }

    pub fn dropped_attributes(&self) -> u32 {
        last_varint(self.raw, 4)
    }

    pub(crate) fn check(self) -> Result<(), WireError> {
        check_attributes(self.raw, 3)
    }
}

/// Where a span came from: its resource and scope, with the schemas they follow (bytes of the URLs).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Origin<'a> {
    pub resource: Resource<'a>,
    pub resource_schema: &'a [u8],
    pub scope: Scope<'a>,
    pub scope_schema: &'a [u8],
}

fn check_event(raw: &[u8]) -> Result<(), WireError> {
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

fn check_link(raw: &[u8]) -> Result<(), WireError> {
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

fn check_attributes(raw: &[u8], number: u32) -> Result<(), WireError> {
    for tagged in Reader::new(raw) {
        let tagged = tagged?;
        if tagged.number == number {
            check_attribute(tagged.bytes()?)?;
        }
    }
    Ok(())
}

fn decode_status(raw: &[u8]) -> Result<Status<'_>, WireError> {
    let mut status = Status::default();
    for tagged in Reader::new(raw) {
        let tagged = tagged?;
        match tagged.number {
            2 => status.message = text(tagged.bytes()?),
            3 => status.code = StatusCode::from_otlp(tagged.varint()?),
            _ => {}
        }
    }
    Ok(status)
}

/// A protobuf `uint32` is the low half of its varint.
fn count(value: u64) -> u32 {
    u32::try_from(value & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}

fn last_text(raw: &[u8], number: u32) -> Cow<'_, str> {
    submessages(raw, number).last().map_or(Cow::Borrowed(""), text)
}

fn last_varint(raw: &[u8], number: u32) -> u32 {
    Reader::new(raw)
        .map_while(Result::ok)
        .filter(|tagged| tagged.number == number)
        .filter_map(|tagged| tagged.varint().ok())
        .last()
        .map_or(0, count)
}
