//! Samples: the duration and the outcome of a span, packed.

use trace_model::{Nanos, SpanKind, StatusCode};

use crate::index::SpanEntry;

/// Start, duration and outcome of a span, in 16 bytes: there are as many samples as spans.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) start: Nanos,
    pub(super) outcome: Outcome,
}

/// Duration of a span in nanoseconds, with two flags in the lowest bits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome(u64);

impl Outcome {
    const FAILED: u64 = 1;
    const ENTRY: u64 = 2;

    pub(super) fn of(span: &SpanEntry) -> Self {
        let duration = span.duration().min(u64::MAX >> 2) << 2;
        let failed = if span.status == StatusCode::Error { Self::FAILED } else { 0 };
        let is_entry = matches!(span.kind, SpanKind::Server | SpanKind::Consumer) || span.parent().is_none();
        Self(duration | failed | if is_entry { Self::ENTRY } else { 0 })
    }

    /// Nanoseconds, at most 146 years.
    pub(super) const fn duration(self) -> u64 {
        self.0 >> 2
    }

    pub(super) const fn failed(self) -> bool {
        self.0 & Self::FAILED != 0
    }

    /// The span is an entry point of its service.
    pub(super) const fn is_entry(self) -> bool {
        self.0 & Self::ENTRY != 0
    }
}
