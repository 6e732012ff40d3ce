//! Export requests from protobuf: walks the bytes once and hands on each span or log record with its origin.

use std::error::Error as _;

use thiserror::Error;

use super::envelope;
use crate::{
    log::LogRecord,
    origin::Origin,
    span::{Span, SpanError},
    wire::WireError,
};

/// How many reasons are kept for the sender; the rest is only counted.
const MAX_REASONS: usize = 4;

/// The request as a whole cannot be read; none of it may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecodeError {
    #[error("the body is not an ExportTraceServiceRequest")]
    Traces(#[source] WireError),
    #[error("the body is not an ExportLogsServiceRequest")]
    Logs(#[source] WireError),
}

/// The records of a request that cannot be kept, beside those that can.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejected {
    pub records: u64,
    reasons: Vec<SpanError>,
}

impl Rejected {
    /// Counts one more.
    pub fn add(&mut self, reason: SpanError) {
        self.records += 1;
        if self.reasons.len() < MAX_REASONS && !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    /// Adds those of another part of the request.
    pub fn merge(&mut self, other: Self) {
        let only_counted = other.records - other.reasons.len() as u64;
        other.reasons.into_iter().for_each(|reason| self.add(reason));
        self.records += only_counted;
    }

    pub const fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// One line for the sender, or None when nothing was rejected. `what` is one of them: "span".
    pub fn message(&self, what: &str) -> Option<String> {
        let mut text = match self.records {
            0 => return None,
            1 => format!("1 {what} cannot be kept"),
            n => format!("{n} {what}s cannot be kept"),
        };
        for (place, reason) in self.reasons.iter().enumerate() {
            text.push_str(if place == 0 { ": " } else { "; " });
            text.push_str(&reason.to_string());
            if let Some(cause) = reason.source() {
                text.push_str(" (");
                text.push_str(&cause.to_string());
                text.push(')');
            }
        }
        Some(text)
    }
}

/// Hands every good span of an `ExportTraceServiceRequest` to `each`, with its origin and the number of its scope block
/// (0, 1, ..), and returns what was bad. After an error, what was handed on must be thrown away: the request counts as
/// not received.
///
/// # Errors
/// [`DecodeError`] when the frame around the spans is malformed.
pub fn read_traces<'a>(
    body: &'a [u8],
    mut each: impl FnMut(u32, &Origin<'a>, Span<'a>),
) -> Result<Rejected, DecodeError> {
    let mut rejected = Rejected::default();
    read_raw_records(body, |block, origin, raw| match Span::decode(raw) {
        Ok(span) => each(block, origin, span),
        Err(reason) => rejected.add(reason),
    })
    .map_err(DecodeError::Traces)?;
    Ok(rejected)
}

/// Hands on the bytes of every record of a request, a span or a log record, and leaves the decoding to `each`.
///
/// # Errors
/// [`WireError`] when the frame around the records is malformed.
#[inline]
pub fn read_raw_records<'a>(
    body: &'a [u8],
    each: impl FnMut(u32, &Origin<'a>, &'a [u8]),
) -> Result<(), WireError> {
    envelope::read(body, each)
}

/// [`read_traces`], for the log records of an `ExportLogsServiceRequest`.
///
/// # Errors
/// [`DecodeError`] when the frame around the records is malformed.
pub fn read_logs<'a>(
    body: &'a [u8],
    mut each: impl FnMut(u32, &Origin<'a>, LogRecord<'a>),
) -> Result<Rejected, DecodeError> {
    let mut rejected = Rejected::default();
    envelope::read(body, |block, origin, raw| match LogRecord::decode(raw) {
        Ok(record) => each(block, origin, record),
        Err(reason) => rejected.add(reason.into()),
    })
    .map_err(DecodeError::Logs)?;
    Ok(rejected)
}
