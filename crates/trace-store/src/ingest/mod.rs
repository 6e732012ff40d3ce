//! Decoding of export requests into batches for the index. No lock is held here.
//!
//! A large body is split (`split`), each part is read (`spans`, `logs`), and the index reports what became of it
//! (`outcome`).

mod outcome;
mod split;

pub(crate) mod logs;
pub(crate) mod spans;

pub(crate) use logs::{LogBatch, PendingLog};
pub use outcome::{IngestError, IngestOutcome};
pub(crate) use spans::{PendingSpan, SpanBatch};
pub(crate) use split::for_each_part;
