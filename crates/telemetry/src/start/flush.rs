//! [`Telemetry::flush`]: exports what was recorded so far.

use std::fmt;
use std::time::{Duration, Instant};

use thiserror::Error;

use super::Telemetry;

/// What a flush could not deliver.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlushError {
    /// Spans that were not exported in time. They are still in the queue.
    pub waiting_spans: u64,
    /// Spans that were dropped during the flush, after the last attempt to export them.
    pub dropped_spans: u64,
    /// Whether the log records were exported.
    pub logs_exported: bool,
    /// Whether the metrics were exported.
    pub metrics_exported: bool,
    /// Whether `force_flush` of every span processor and exporter of the application succeeded.
    pub processors_flushed: bool,
}

impl fmt::Display for FlushError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.waiting_spans > 0 {
            parts.push(format!("{} spans are still waiting", self.waiting_spans));
        }
        if self.dropped_spans > 0 {
            parts.push(format!("{} spans were dropped", self.dropped_spans));
        }
        if !self.logs_exported {
            parts.push("log records were not exported".to_owned());
        }
        if !self.metrics_exported {
            parts.push("metrics were not exported".to_owned());
        }
        if !self.processors_flushed {
            parts.push("a span processor or exporter of the application was not flushed".to_owned());
        }
        write!(formatter, "the flush is incomplete: {}", parts.join(", "))
    }
}

/// A longer limit is this one: the clock has an end.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Telemetry {
    /// Exports what was recorded so far: finished spans, log records and metrics. Blocks the thread for at most `limit`;
    /// within a runtime, call it where blocking is allowed, as in `tokio::task::spawn_blocking`.
    ///
    /// Use it where a process may be frozen or ended without [`shutdown`](Self::shutdown), as in a function as a service.
    ///
    /// # Errors
    ///
    /// When something was not exported, with what it was. Spans that were dropped before are not part of it.
    pub fn flush(&self, limit: Duration) -> Result<(), FlushError> {
        let now = Instant::now();
        let deadline = now.checked_add(limit).unwrap_or(now + LONGEST);
        let [logs, metrics] = self.signals.flush();
        let (waiting_spans, dropped_spans) =
            self.spans.as_ref().map_or((0, 0), |export| export.flush(deadline));
        // They have the spans now.
        let processors_flushed = self.consumers.flush(deadline);
        let (logs_exported, metrics_exported) = (logs.wait(deadline), metrics.wait(deadline));
        if waiting_spans == 0 && dropped_spans == 0 && logs_exported && metrics_exported && processors_flushed
        {
            return Ok(());
        }
        Err(FlushError { waiting_spans, dropped_spans, logs_exported, metrics_exported, processors_flushed })
    }
}
