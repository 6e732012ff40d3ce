//! How coarse the clock of each process is, read off its own times.
//!
//! JavaScript's start times are whole milliseconds, Python's and Java's may be whole microseconds. Differences below the
//! granularity say nothing: a child may seem to end after its parent, or to begin before it.

use crate::{Nanos, Span};

use super::rows::Rows;

const MILLISECOND: i64 = 1_000_000;
const MICROSECOND: i64 = 1_000;

/// Nanoseconds that the times of a process cannot tell apart, by process of [`Rows::processes`].
///
/// A unit counts when all its start times or all its end times are multiples of it.
pub fn by_process(rows: &Rows<'_>) -> Vec<i64> {
    let mut units = vec![Units::default(); rows.processes.len()];
    for (index, row) in rows.iter().filter(|(_, row)| !row.has_no_time) {
        units[row.process].add(rows.span(index));
    }
    units.iter().map(Units::granularity).collect()
}

/// Which units divide all times of a process.
#[derive(Clone)]
struct Units {
    starts: i64,
    ends: i64,
}

impl Default for Units {
    fn default() -> Self {
        Self { starts: MILLISECOND, ends: MILLISECOND }
    }
}

impl Units {
    fn add(&mut self, span: &Span<'_>) {
        self.starts = self.starts.min(unit_of(span.start));
        self.ends = self.ends.min(unit_of(span.end));
    }

    fn granularity(&self) -> i64 {
        self.starts.max(self.ends)
    }
}

fn unit_of(time: Nanos) -> i64 {
    [MILLISECOND, MICROSECOND]
        .into_iter()
        .find(|unit| time.as_unix().is_multiple_of(unit.unsigned_abs()))
        .unwrap_or(1)
}
