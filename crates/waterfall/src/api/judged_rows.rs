//! What the analysis of a trace says of each of its rows.

use std::collections::HashSet;

use trace_model::{
    Origin, Span, SpanId,
    analysis::{
        ClockOffset, Errors, Intervals, ParentOrigin, Rows, clocks, granularity, parents, rows::Process,
    },
    tree::Tree,
};

/// What the analysis says of the rows.
pub(super) struct JudgedRows {
    errors: Errors,
    parents: Vec<ParentOrigin>,
    clocks: Vec<ClockOffset>,
    /// By row.
    ahead: Vec<i64>,
}

impl JudgedRows {
    pub(super) fn new(spans: &[(Origin<'_>, Span<'_>)], tree: &Tree) -> Self {
        let rows = Rows::new(spans, tree);
        let granularity = granularity::by_process(&rows);
        let clocks = clocks::offsets(&rows, &granularity);
        let ahead_of =
            |process: &Process| clocks.iter().find(|clock| clock.is_of(process)).map_or(0, |it| it.ahead);
        let by_process: Vec<i64> = rows.processes.iter().map(ahead_of).collect();
        Self {
            errors: Errors::new(&rows, &Intervals::new(&rows, &granularity)),
            parents: parents::origins(&rows),
            ahead: rows.iter().map(|(_, row)| by_process[row.process]).collect(),
            clocks,
        }
    }

    /// What became of a row's error, unless it reached the root.
    pub(super) fn error(&self, row: usize) -> Option<&'static str> {
        if self.errors.handled.binary_search(&row).is_ok() {
            Some("handled")
        } else if self.errors.background.binary_search(&row).is_ok() {
            Some("background")
        } else {
            None
        }
    }

    /// How often the call was made in which the trace's failure began; 0 where it did not begin in this row.
    pub(super) fn root_cause(&self, row: usize) -> usize {
        self.errors.root_cause.filter(|cause| cause.row == row).map_or(0, |cause| cause.attempts)
    }

    pub(super) fn has_parent(&self, row: usize, origin: ParentOrigin) -> bool {
        self.parents.get(row) == Some(&origin)
    }

    /// Nanoseconds that the clock of the row's host is ahead of the root's.
    pub(super) fn ahead(&self, row: usize) -> i64 {
        self.ahead.get(row).copied().unwrap_or_default()
    }

    /// Clocks that differ from the root's.
    pub(super) fn clocks(&self) -> &[ClockOffset] {
        &self.clocks
    }

    /// The missing parents, each once, in the order of the rows that name them.
    pub(super) fn missing_parents(&self, spans: &[(Origin<'_>, Span<'_>)], tree: &Tree) -> Vec<SpanId> {
        let judged = tree.rows.iter().zip(&self.parents);
        let named_by =
            judged.filter(|(_, parent)| **parent == ParentOrigin::Missing).map(|(row, _)| row.node);
        let missing: HashSet<SpanId> = named_by.filter_map(|node| spans.get(node)?.1.parent).collect();
        tree.missing_parents.iter().copied().filter(|parent| missing.contains(parent)).collect()
    }
}
