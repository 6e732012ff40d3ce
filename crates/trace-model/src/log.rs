//! A log record, borrowed from the bytes it arrived in. Field numbers: `opentelemetry/proto/logs/v1/logs.proto`.

use std::borrow::Cow;

use crate::{
    Value,
    id::{SpanId, TraceId},
    time::Nanos,
    value::{Attribute, check_attribute, check_value, submessages, text},
    wire::{Reader, WireError, low_half},
};

/// Something that a program said at one moment, in a span if it was in one.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRecord<'a> {
    /// An invalid id counts as none, as the protocol asks.
    pub trace_id: Option<TraceId>,
    pub span_id: Option<SpanId>,
    /// When it timestamp, or else when it was seen.
    pub time: Nanos,
    /// When it timestamp; unset when nobody said.
    pub timestamp: Nanos,
    /// When it was seen by who collected it; unset when nobody said.
    pub observed_timestamp: Nanos,
    /// 1 to 24, from the finest trace to the most fatal; zero when nobody said.
    pub severity_number: u32,
    pub severity_text: Cow<'a, str>,
    pub event_name: Cow<'a, str>,
    pub flags: u32,
    pub dropped_attributes: u32,
    body: &'a [u8],
    raw: &'a [u8],
}

impl<'a> LogRecord<'a> {
    /// Decodes a `LogRecord` message and checks it to its last byte.
    ///
    /// # Errors
    /// [`WireError`]: a malformed record cannot be trusted.
    pub fn decode(raw: &'a [u8]) -> Result<Self, WireError> {
        let mut record = Self::blank(raw);
        for tagged in Reader::new(raw) {
            let tagged = tagged?;
            match tagged.number {
                1 => record.timestamp = Nanos::from_unix(tagged.fixed64()?),
                2 => record.severity_number = low_half(tagged.varint()?),
                3 => record.severity_text = text(tagged.bytes()?),
                5 => {
                    record.body = tagged.bytes()?;
                    check_value(record.body)?;
                }
                6 => check_attribute(tagged.bytes()?)?,
                7 => record.dropped_attributes = low_half(tagged.varint()?),
                8 => record.flags = tagged.fixed32()?,
                9 => record.trace_id = TraceId::from_bytes(tagged.bytes()?).ok(),
                10 => record.span_id = SpanId::from_bytes(tagged.bytes()?).ok(),
                11 => record.observed_timestamp = Nanos::from_unix(tagged.fixed64()?),
                12 => record.event_name = text(tagged.bytes()?),
                _ => {}
            }
        }
        record.time = if record.timestamp.is_unset() { record.observed_timestamp } else { record.timestamp };
        Ok(record)
    }

    const fn blank(raw: &'a [u8]) -> Self {
        Self {
            trace_id: None,
            span_id: None,
            time: Nanos::ZERO,
            timestamp: Nanos::ZERO,
            observed_timestamp: Nanos::ZERO,
            severity_number: 0,
            severity_text: Cow::Borrowed(""),
            event_name: Cow::Borrowed(""),
            flags: 0,
            dropped_attributes: 0,
            body: &[],
            raw,
        }
    }

    /// The bytes of the `LogRecord` message.
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// What was said: mostly text, but any value may be.
    pub fn body(&self) -> Value<'a> {
        Value::decode(self.body)
    }

    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        submessages(self.raw, 6).map(Attribute::decode)
    }
}
