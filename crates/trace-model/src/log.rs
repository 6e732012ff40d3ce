//! Log records, borrowed from the received bytes. Field numbers: `opentelemetry/proto/logs/v1/logs.proto`.

use std::borrow::Cow;

use crate::{
    id::{SpanId, TraceId},
    time::Nanos,
    value::{Attribute, Value, check_attribute, check_value, lossy_text, submessages},
    wire::{Reader, WireError, truncate_to_u32},
};

/// A log record, correlated with a span if it was emitted within one.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRecord<'a> {
    /// `None` for an invalid id, as the protocol requires.
    pub trace_id: Option<TraceId>,
    pub span_id: Option<SpanId>,
    /// The timestamp, or the observed timestamp if there is none.
    pub time: Nanos,
    /// Time of the event. May be unset.
    pub timestamp: Nanos,
    /// Time at which the collection system observed the event. May be unset.
    pub observed_timestamp: Nanos,
    /// 1 (TRACE) to 24 (FATAL4), or zero if unspecified.
    pub severity_number: u32,
    pub severity_text: Cow<'a, str>,
    pub event_name: Cow<'a, str>,
    pub flags: u32,
    pub dropped_attributes: u32,
    body: &'a [u8],
    raw: &'a [u8],
}

impl<'a> LogRecord<'a> {
    /// Decodes and fully validates a `LogRecord` message.
    ///
    /// # Errors
    /// [`WireError`] if the message is malformed.
    pub fn decode(raw: &'a [u8]) -> Result<Self, WireError> {
        let mut record = Self::blank(raw);
        for field in Reader::new(raw) {
            let field = field?;
            match field.number {
                1 => record.timestamp = Nanos::from_unix(field.fixed64()?),
                2 => record.severity_number = truncate_to_u32(field.varint()?),
                3 => record.severity_text = lossy_text(field.bytes()?),
                5 => {
                    record.body = field.bytes()?;
                    check_value(record.body)?;
                }
                6 => drop(check_attribute(field.bytes()?)?),
                7 => record.dropped_attributes = truncate_to_u32(field.varint()?),
                8 => record.flags = field.fixed32()?,
                9 => record.trace_id = TraceId::from_bytes(field.bytes()?).ok(),
                10 => record.span_id = SpanId::from_bytes(field.bytes()?).ok(),
                11 => record.observed_timestamp = Nanos::from_unix(field.fixed64()?),
                12 => record.event_name = lossy_text(field.bytes()?),
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

    /// The body: usually a string, but any value is allowed.
    pub fn body(&self) -> Value<'a> {
        Value::decode(self.body)
    }

    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        self.raw_attributes().map(Attribute::decode)
    }

    /// The attributes as undecoded `KeyValue` messages.
    pub fn raw_attributes(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        submessages(self.raw, 6)
    }
}
