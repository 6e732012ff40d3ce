//! When each span ran as far as its parent waited for it, and its self time.
//!
//! A child that ends a little after its parent was waited for until the parent's end: its interval is cut off there. A
//! child is *detached* when its parent did not wait for it: it begins at the parent's end or later, or most of it lies
//! after the parent's end, by more than the clocks' granularity.
//!
//! What likely waited for an orphan counts as its parent here.

use super::{interval::Interval, likely_callers::LikelyCallers, rows::Rows};

/// Intervals and self times, by row.
#[derive(Debug, Clone, Default)]
pub struct Intervals {
    /// The span's own time, cut to its parent's interval unless it is detached.
    pub awaited: Vec<Interval>,
    /// Its parent did not wait for it.
    pub detached: Vec<bool>,
    /// Nanoseconds of the interval that no awaited child covers.
    pub self_time: Vec<i64>,
}

impl Intervals {
    pub fn new(rows: &Rows<'_>, callers: &LikelyCallers, granularity: &[i64]) -> Self {
        let mut intervals = Self {
            awaited: Vec::with_capacity(rows.len()),
            detached: Vec::with_capacity(rows.len()),
            self_time: Vec::with_capacity(rows.len()),
        };
        for (index, row) in rows.iter() {
            let own = Interval { from: row.start, to: row.end };
            let (interval, detached) = match callers.above(rows, index) {
                None => (own, false),
                Some(parent) => {
                    let outer = intervals.awaited[parent];
                    let coarse = granularity[row.process].max(granularity[rows[parent].process]);
                    let detached = row.has_no_time || is_detached(own, outer, coarse);
                    (if detached { own } else { own.within(outer) }, detached)
                }
            };
            intervals.awaited.push(interval);
            intervals.detached.push(detached);
        }
        intervals.self_time =
            (0..rows.len()).map(|row| intervals.uncovered(row, callers.below(rows, row))).collect();
        intervals
    }

    fn uncovered(&self, row: usize, below: impl Iterator<Item = usize>) -> i64 {
        let Interval { from, to } = self.awaited[row];
        let (mut covered, mut reached) = (0, from);
        for child in below.filter(|&child| !self.detached[child]) {
            let child = self.awaited[child];
            let begins = child.from.max(reached);
            if child.to > begins {
                covered += child.to - begins;
                reached = child.to;
            }
        }
        to - from - covered
    }
}

fn is_detached(child: Interval, parent: Interval, granularity: i64) -> bool {
    let overrun = child.to - parent.to;
    if overrun <= granularity {
        return false;
    }
    child.from >= parent.to || overrun > child.length() / 2
}
