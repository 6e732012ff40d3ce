//! The destination of batches, as the worker sees it.

use std::fmt::Debug;
use std::time::Duration;

use crate::otlp::Batch;

/// A destination of batches. It lives on the exporter thread.
pub(crate) trait Sink: Debug + Send {
    /// Sends a batch once.
    fn send(&mut self, batch: &Batch, limit: Duration) -> Result<Accepted, Failure>;

    /// What of a batch the destination takes, if that is not all of it at once.
    fn fit(&self, _batch: &Batch) -> Option<Fitted> {
        None
    }
}

/// A batch as its destination's limits allow it.
#[derive(Debug, Default)]
pub(crate) struct Fitted {
    /// What is sent, each in a request of its own.
    pub(crate) parts: Vec<Batch>,
    /// How many spans exceed a limit.
    pub(crate) dropped: usize,
    /// Which limits they exceed.
    pub(crate) reason: String,
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
    /// The request was too large. Parts of it may be accepted.
    TooLarge(String),
}
