//! The destination of batches, as the worker sees it.

use std::fmt::Debug;
use std::time::Duration;

use crate::otlp::Batch;

/// A destination of batches; lives on the exporter's thread.
pub(crate) trait Sink: Debug + Send {
    /// Sends one batch, once; says how many of its spans the backend rejected.
    fn send(&mut self, batch: &Batch, limit: Duration) -> Result<usize, Failure>;
}

/// Why a batch did not arrive.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Another attempt may do better.
    Retryable { retry_after: Option<Duration>, reason: String },
    /// No attempt will.
    Permanent(String),
}
