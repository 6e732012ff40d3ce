//! The destination of batches, as the worker sees it.

use std::fmt::Debug;
use std::time::Duration;

use crate::otlp::Batch;

/// A destination of batches. It lives on the exporter thread.
pub(crate) trait Sink: Debug + Send {
    /// Sends a batch once.
    fn send(&mut self, batch: &Batch, limit: Duration) -> Result<Accepted, Failure>;
}

/// The answer to an accepted batch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// How many of its spans the backend rejected.
    pub(crate) rejected: usize,
    /// Why, or a warning about spans that it accepted; empty if there is nothing to say.
    pub(crate) message: String,
}

/// Why a batch was not accepted.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A retry may succeed.
    Retryable { retry_after: Option<Duration>, reason: String },
    /// A retry would fail, too.
    Permanent(String),
}
