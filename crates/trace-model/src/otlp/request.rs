//! Decodes export requests from protobuf in one pass, span by span or log record by log record.

use std::error::Error as _;

use thiserror::Error;

use super::envelope;
use crate::{
    log::LogRecord,
    origin::Origin,
    span::{Span, SpanError},
    wire::WireError,
};

/// Most distinct reasons reported to the sender. Further records are only counted.
const MAX_REASONS: usize = 4;

/// The request as a whole is malformed. No part of it may be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecodeError {
    #[error("the body is not an ExportTraceServiceRequest")]
    Traces(#[source] WireError),
    #[error("the body is not an ExportLogsServiceRequest")]
    Logs(#[source] WireError),
}

/// Rejected records of a request, for a partial success response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejected {
    pub records: u64,
    reasons: Vec<SpanError>,
}

impl Rejected {
    /// Adds one record.
    pub fn add(&mut self, reason: SpanError) {
        self.records += 1;
        if self.reasons.len() < MAX_REASONS && !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    /// Adds the records of another part of the request.
    pub fn merge(&mut self, other: Self) {
        let only_counted = other.records - other.reasons.len() as u64;
        other.reasons.into_iter().for_each(|reason| self.add(reason));
        self.records += only_counted;
    }

    pub const fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// Message for the sender, or `None` if nothing was rejected. `what` names one record: "span".
    pub fn message(&self, what: &str) -> Option<String> {
        let mut text = match self.records {
            0 => return None,
            1 => format!("1 {what} rejected"),
            n => format!("{n} {what}s rejected"),
        };
        for (index, reason) in self.reasons.iter().enumerate() {
            text.push_str(if index == 0 { ": " } else { "; " });
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

/// Calls `each` with every valid span of an `ExportTraceServiceRequest`, its origin and the number of its scope block
/// (0, 1, ..). Returns the rejected spans.
///
/// After an error the caller must discard the spans that it got: the request counts as not received.
///
/// # Errors
/// [`DecodeError`] if the messages around the spans are malformed.
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

/// Calls `each` with the undecoded message of every record (span or log record) of a request.
///
/// # Errors
/// [`WireError`] if the messages around the records are malformed.
#[inline]
pub fn read_raw_records<'a>(
    body: &'a [u8],
    each: impl FnMut(u32, &Origin<'a>, &'a [u8]),
) -> Result<(), WireError> {
    envelope::read(body, each)
}

/// Like [`read_traces`], for the log records of an `ExportLogsServiceRequest`.
///
/// # Errors
/// [`DecodeError`] if the messages around the records are malformed.
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
