//! Decoding of export requests into batches for the index. No lock is held here.
//!
//! Spans and log records of equal content are one, however they are encoded (`content`). A large body is split (`split`), each part is read (`spans`, `logs`), and the index reports what became of it
//! (`outcome`).

mod content;
mod outcome;
mod split;

pub(crate) mod logs;
pub(crate) mod spans;

pub(crate) use logs::{LogBatch, PendingLog};
pub use outcome::{IngestError, IngestOutcome};
pub(crate) use spans::{PendingSpan, SpanBatch};
pub(crate) use split::for_each_part;
