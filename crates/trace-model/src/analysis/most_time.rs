//! Where most of the trace's time was spent: the span that the end of the trace waited for longest.

use super::{critical_path::CriticalPath, likely_callers::LikelyCallers, rows::Rows};

/// The most of the critical path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MostTime {
    pub row: usize,
    /// Nanoseconds on the critical path.
    pub time: i64,
    /// What waited for it above a lost span: that the critical path runs there is likely, and not certain.
    pub likely_below: Option<usize>,
    /// The row is a call, and its callee is likely missing.
    pub may_miss_callee: bool,
}

/// Nothing, where no time passed.
pub fn most_time(rows: &Rows<'_>, callers: &LikelyCallers, path: &CriticalPath) -> Option<MostTime> {
    let row = path.slowest()?;
    let time = path.time[row];
    (time > 0).then(|| MostTime {
        row,
        time,
        likely_below: callers.nearest_above(rows, row),
        may_miss_callee: callers.may_miss_callee(row),
    })
}
