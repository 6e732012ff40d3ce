//! Query for metrics.

use trace_model::Nanos;

/// The time range of metrics.
#[derive(Debug, Clone, Copy)]
pub struct MetricsQuery {
    /// Spans that start between these, both included.
    pub from: Nanos,
    pub to: Nanos,
    /// Number of equal intervals in a series. No series when zero.
    pub intervals: usize,
}

impl Default for MetricsQuery {
    /// All time, without a series.
    fn default() -> Self {
        Self { from: Nanos::ZERO, to: Nanos::MAX, intervals: 0 }
    }
}

impl MetricsQuery {
    pub(super) fn includes(&self, start: Nanos) -> bool {
        self.from <= start && start <= self.to
    }
}
