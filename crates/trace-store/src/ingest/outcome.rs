//! Outcome of an export request.

use std::collections::HashMap;

use thiserror::Error;
use trace_model::{
    TraceId,
    otlp::{DecodeError, Rejected},
};

use crate::storage::WriteError;

/// Why a request was not stored.
#[derive(Debug, Error)]
pub enum IngestError {
    #[error("the request cannot be decoded")]
    Decode(#[from] DecodeError),
    #[error("the request of {0} bytes is too large to store")]
    TooLarge(usize),
    #[error("the request cannot be stored")]
    Write(#[from] WriteError),
}

/// What became of the records of a request.
#[derive(Debug, Default)]
pub struct IngestOutcome {
    /// Spans or log records that are new.
    pub stored: u64,
    /// Spans or log records that were stored before.
    pub duplicates: u64,
    /// Invalid spans or log records.
    pub rejected: Rejected,
    /// Log records without a trace. They are not stored.
    pub untraced: u64,
    /// The traces that changed, each once, with their new version.
    pub changed: Vec<(TraceId, u64)>,
}

impl IngestOutcome {
    /// Adds the outcome of a later part of the same request.
    pub(super) fn add(&mut self, other: Self) {
        self.stored += other.stored;
        self.duplicates += other.duplicates;
        self.untraced += other.untraced;
        self.rejected.merge(other.rejected);
        let mut versions: HashMap<_, _> = self.changed.drain(..).collect();
        versions.extend(other.changed);
        self.changed = versions.into_iter().collect();
    }
}
