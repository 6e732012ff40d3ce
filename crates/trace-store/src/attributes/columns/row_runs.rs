//! Mapping from the rows of a chunk to the spans of traces.

use std::ops::Range;

use super::row::Row;
use crate::{attributes::postings::SpanMask, trace_slot::TraceSlot};

/// Spans of one trace that are consecutive in a chunk and in the trace.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RowRun {
    /// The row of the first span.
    pub(super) first: u32,
    /// The position of the first span in its trace.
    pub(super) position: u32,
    /// The slot of the trace. After the trace is evicted, it may hold another.
    pub(super) slot: TraceSlot,
}

/// Collects matching rows, and passes those of one run on together, as a trace slot and a set of spans.
pub(super) struct MatchCollector<'c, F> {
    runs: &'c [RowRun],
    found: F,
    /// Rows that matched.
    pub(super) count: usize,
    /// [`Row::ANY`] matched: an attribute of a resource.
    pub(super) has_any: bool,
    /// The run of the last row, and the rows in it.
    at: usize,
    run: RowRun,
    rows: Range<u32>,
    spans: SpanMask,
}

impl<'c, F: FnMut(TraceSlot, SpanMask)> MatchCollector<'c, F> {
    pub(super) fn new(runs: &'c [RowRun], found: F) -> Self {
        let (run, rows, spans) = (RowRun::default(), 0..0, SpanMask::NONE);
        Self { runs, found, count: 0, has_any: false, at: 0, run, rows, spans }
    }

    pub(super) fn add(&mut self, row: Row) {
        self.count += 1;
        let Some(number) = row.number() else {
            self.has_any = true;
            return;
        };
        if !self.rows.contains(&number) {
            self.flush();
            self.go_to(number);
        }
        let position = self.run.position.wrapping_add(number.wrapping_sub(self.run.first));
        self.spans = self.spans.or(SpanMask::of(position as usize));
    }

    /// Passes on the spans of the last run.
    pub(super) fn flush(&mut self) {
        let spans = std::mem::replace(&mut self.spans, SpanMask::NONE);
        if !spans.is_empty() {
            (self.found)(self.run.slot, spans);
        }
    }

    /// Passes on all spans of the chunk. Returns the number of runs.
    pub(super) fn flush_all(&mut self) -> usize {
        for run in self.runs {
            (self.found)(run.slot, SpanMask::ALL);
        }
        self.runs.len()
    }

    fn go_to(&mut self, number: u32) {
        let first = |at: usize| self.runs.get(at).map_or(u32::MAX, |run| run.first);
        // Most often it is the next one.
        let next = self.at + 1;
        let is_next = first(next) <= number && number < first(next + 1);
        self.at = if is_next {
            next
        } else {
            self.runs.partition_point(|run| run.first <= number).saturating_sub(1)
        };
        self.run = self.runs.get(self.at).copied().unwrap_or_default();
        self.rows = self.run.first..first(self.at + 1);
    }
}
