//! Time in which no span of the trace ran: a message in a queue, a job that waits for its turn.

use super::{interval::Interval, rows::Rows};

/// A stretch of the trace in which nothing ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Idle {
    pub interval: Interval,
    /// The row that ran last before it, and the row that ran first after it.
    pub before: usize,
    pub after: usize,
}

/// All stretches in which nothing ran, in the order of time.
pub fn idle(rows: &Rows<'_>) -> Vec<Idle> {
    let mut order: Vec<usize> =
        rows.iter().filter(|(_, row)| !row.has_no_time).map(|(index, _)| index).collect();
    order.sort_unstable_by_key(|&row| (rows[row].start, row));
    let mut order = order.into_iter();
    let Some(mut last) = order.next() else { return Vec::new() };
    let mut idle = Vec::new();
    for row in order {
        if rows[row].start > rows[last].end {
            let interval = Interval { from: rows[last].end, to: rows[row].start };
            idle.push(Idle { interval, before: last, after: row });
        }
        if rows[row].end > rows[last].end {
            last = row;
        }
    }
    idle
}
