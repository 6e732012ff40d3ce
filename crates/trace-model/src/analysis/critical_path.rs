//! The critical path: at each moment, the span whose end everything else waited for.
//!
//! Walking back from the root's end, the child that ended last is what its parent waited for; before that child began,
//! the one that ended last before it, and so on. What likely waited for an orphan counts as its parent. Detached children
//! are on no path. Nothing recurses.

use super::{interval::Interval, intervals::Intervals, likely_callers::LikelyCallers, rows::Rows};

/// One piece of the path: a row, and when the path ran through the row itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    pub row: usize,
    pub interval: Interval,
}

/// The critical path of one root.
#[derive(Debug, Clone, Default)]
pub struct CriticalPath {
    /// In the order of time.
    pub stretches: Vec<Stretch>,
    /// Nanoseconds on the path, by row. They add up to the root's duration.
    pub time: Vec<i64>,
}

impl CriticalPath {
    pub fn new(rows: &Rows<'_>, callers: &LikelyCallers, intervals: &Intervals, root: Option<usize>) -> Self {
        let mut walk = Walk { rows, callers, intervals, stretches: Vec::new() };
        if let Some(root) = root {
            walk.back_from(root);
        }
        let mut stretches = walk.stretches;
        stretches.reverse();
        let mut time = vec![0; rows.len()];
        for stretch in &stretches {
            time[stretch.row] += stretch.interval.length();
        }
        Self { stretches, time }
    }

    /// The row that spent most time on the path itself.
    pub fn slowest(&self) -> Option<usize> {
        (0..self.time.len()).max_by_key(|&row| (self.time[row], std::cmp::Reverse(row)))
    }
}

struct Walk<'a> {
    rows: &'a Rows<'a>,
    callers: &'a LikelyCallers,
    intervals: &'a Intervals,
    /// Latest first.
    stretches: Vec<Stretch>,
}

/// A span that the walk is in.
struct Visit {
    row: usize,
    /// Where the span's part of the path begins.
    floor: i64,
    /// How far the walk has come back.
    now: i64,
    /// Awaited children that are still to be considered, the one that ended last at the end.
    children: Vec<usize>,
}

impl Walk<'_> {
    fn back_from(&mut self, root: usize) {
        let Interval { from, to } = self.intervals.awaited[root];
        let mut visits = vec![self.visit(root, from, to)];
        while let Some(visit) = visits.last_mut() {
            let child = next_child(visit, self.intervals);
            let until = child.map_or(visit.floor, |child| self.intervals.awaited[child].to.min(visit.now));
            if visit.now > until {
                let interval = Interval { from: until, to: visit.now };
                self.stretches.push(Stretch { row: visit.row, interval });
                visit.now = until;
            }
            let Some(child) = child else {
                visits.pop();
                continue;
            };
            let floor = self.intervals.awaited[child].from.max(visit.floor);
            let now = visit.now;
            visit.now = floor;
            let child = self.visit(child, floor, now);
            visits.push(child);
        }
    }

    fn visit(&self, row: usize, floor: i64, now: i64) -> Visit {
        let awaited = |child: &usize| !self.intervals.detached[*child];
        let mut children: Vec<usize> = self.callers.below(self.rows, row).filter(awaited).collect();
        children.sort_by_key(|&child| (self.intervals.awaited[child].to, self.rows[child].end, child));
        Visit { row, floor, now, children }
    }
}

/// The child that ended last of those that had begun before the walk's place. One that was still running there counts
/// up to there: the parent did not work alone.
fn next_child(visit: &mut Visit, intervals: &Intervals) -> Option<usize> {
    while let Some(child) = visit.children.pop() {
        let interval = intervals.awaited[child];
        if interval.to <= visit.floor {
            return None;
        }
        if interval.from < visit.now && interval.length() > 0 {
            return Some(child);
        }
    }
    None
}
