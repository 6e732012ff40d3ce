//! Which errors reached the root, where they began, and which were handled on the way.
//!
//! An error that a caller handled leaves no error on the caller: a retry that succeeded, a 404 that was expected, a
//! fallback. Only an error whose ancestors failed too has reached the root.

use super::{
    attempts::Attempts,
    error_reach::{Reach, reach},
    intervals::Intervals,
    likely_callers::LikelyCallers,
    root_cause::{RootCause, root_cause},
    rows::Rows,
};

/// The errors of one trace, by row in ascending order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Errors {
    /// All spans with an error.
    pub all: Vec<usize>,
    /// Errors whose caller has none.
    pub handled: Vec<usize>,
    /// Errors of detached work: its caller did not wait for it, and cannot know.
    pub background: Vec<usize>,
    pub root_cause: Option<RootCause>,
}

impl Errors {
    pub fn new(
        rows: &Rows<'_>,
        callers: &LikelyCallers,
        attempts: &Attempts,
        intervals: &Intervals,
        granularity: &[i64],
    ) -> Self {
        let reach = reach(rows, callers, attempts, intervals);
        let all: Vec<usize> = rows.iter().filter(|(_, row)| row.is_error).map(|(index, _)| index).collect();
        let with = |wanted: Reach| all.iter().copied().filter(|&row| reach[row] == wanted).collect();
        Self {
            handled: with(Reach::Handled),
            background: with(Reach::Background),
            root_cause: root_cause(rows, callers, attempts, granularity, &reach),
            all,
        }
    }
}
