//! Where most of the trace's time was spent: the span that the end of the trace waited for longest, or what took longer
//! together, the attempts of one call or the spans of one operation. Of attempts, the operation below them that itself took
//! most of their time is named.

use std::collections::{BTreeMap, HashMap};

use crate::peer::Peer;

use super::{attempts::Attempts, critical_path::CriticalPath, likely_callers::LikelyCallers, rows::Rows};

/// The most of the critical path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MostTime {
    /// Of several attempts, that of the first; of several spans of one operation, the one with the most time.
    pub row: usize,
    /// The rows of the later attempts.
    pub others: Vec<usize>,
    /// Spans of one operation that took the time, on the critical path; 1 where the time is that of one span or of attempts.
    pub spans: usize,
    /// Nanoseconds on the critical path: of one span or operation itself; of an operation below several attempts, itself; of
    /// the attempts of which no operation takes most, with all that is below them.
    pub time: i64,
    /// What waited for it above a lost span: that the critical path runs there is likely, and not certain.
    pub likely_below: Option<usize>,
    /// The row is a call, and its callee is likely missing.
    pub may_miss_callee: bool,
}

impl MostTime {
    /// How often the call was made; 1 where it is no repeated call.
    pub const fn attempts(&self) -> usize {
        self.others.len() + 1
    }
}

/// `None` where no time passed.
pub fn most_time(
    rows: &Rows<'_>,
    callers: &LikelyCallers,
    attempts: &Attempts,
    path: &CriticalPath,
) -> Option<MostTime> {
    let slowest = path.slowest().filter(|&row| path.time[row] > 0)?;
    let together = longest_series(rows, callers, attempts, path);
    let (of, time) = match together.filter(|(_, time)| *time > path.time[slowest]) {
        Some((series, time)) => {
            working_operation(rows, path, series, time).unwrap_or_else(|| (series.to_vec(), time))
        }
        None => (vec![slowest], path.time[slowest]),
    };
    let (&row, others) = of.split_first()?;
    let (row, others, spans, time) = match operation_above(rows, callers, path, time) {
        Some(Operation { longest, spans, time }) => (longest, Vec::new(), spans, time),
        None => (row, others.to_vec(), 1, time),
    };
    Some(MostTime {
        row,
        others,
        spans,
        time,
        likely_below: callers.nearest_above(rows, row),
        may_miss_callee: callers.may_miss_callee(row),
    })
}

/// The spans of one service, kind, name and peer, on the critical path: many calls are named by their method alone. All of
/// them have the same likely caller, or none, and either all or none may miss their callee.
struct Operation {
    /// The row of the span with the most time.
    longest: usize,
    spans: usize,
    time: i64,
}

/// The operation whose spans together took most of the path, where that is more than `time`, and no span alone takes most
/// of that: a loop that calls the same again and again, or a function that calls itself.
fn operation_above(
    rows: &Rows<'_>,
    callers: &LikelyCallers,
    path: &CriticalPath,
    time: i64,
) -> Option<Operation> {
    let whole: i64 = path.time.iter().sum();
    // All others together took no longer.
    if time >= whole - time {
        return None;
    }
    let mut operations = HashMap::<_, Operation>::new();
    // The row at the top level that a row is below: rows stand in preorder.
    let mut top = 0;
    for (row, facts) in rows.iter() {
        if facts.parent.is_none() {
            top = row;
        }
        let own = path.time[row];
        if own == 0 {
            continue;
        }
        let span = rows.span(row);
        let service = rows.processes[facts.process].service.as_str();
        let likely = (callers.of(top), callers.may_miss_callee(row));
        let key = (service, span.kind, span.name.as_ref(), Peer::of(span), likely);
        let operation = operations.entry(key).or_insert(Operation { longest: row, spans: 0, time: 0 });
        operation.spans += 1;
        operation.time += own;
        if own > path.time[operation.longest] {
            operation.longest = row;
        }
    }
    let most = operations
        .into_values()
        .max_by_key(|operation| (operation.time, std::cmp::Reverse(operation.longest)))?;
    (most.time > time && !is_most(path.time[most.longest], most.time)).then_some(most)
}

/// The attempts that took longest together, and their time. Attempts of which one span alone has most of the time are
/// left out: that span says more. So are attempts with most of their time in other attempts below them.
fn longest_series<'a>(
    rows: &Rows<'_>,
    callers: &LikelyCallers,
    attempts: &'a Attempts,
    path: &CriticalPath,
) -> Option<(&'a [usize], i64)> {
    if attempts.series().is_empty() {
        return None;
    }
    let below = Below::new(rows, callers, attempts, path);
    let of_series = |series: &'a Vec<usize>| {
        let time: i64 = series.iter().map(|&row| below.time[row]).sum();
        let longest = series.iter().map(|&row| below.longest[row]).max().unwrap_or_default();
        (!is_most(longest, time)).then_some((series.as_slice(), time))
    };
    attempts
        .series()
        .iter()
        .filter_map(of_series)
        .max_by_key(|(series, time)| (*time, std::cmp::Reverse(series[0])))
}

/// The operation that itself took most of the attempts' time, once below each of several attempts: its rows and its time.
fn working_operation(
    rows: &Rows<'_>,
    path: &CriticalPath,
    attempts: &[usize],
    time: i64,
) -> Option<(Vec<usize>, i64)> {
    // Each row with the attempt that it is below, by attempt.
    let mut operations = BTreeMap::<(usize, &str), Vec<(usize, usize)>>::new();
    for &attempt in attempts {
        for row in (attempt..rows[attempt].end_row).filter(|&row| path.time[row] > 0) {
            let operation = (rows[row].process, rows.span(row).name.as_ref());
            operations.entry(operation).or_default().push((attempt, row));
        }
    }
    let own = |of: &[(usize, usize)]| of.iter().map(|&(_, row)| path.time[row]).sum::<i64>();
    let most = operations.into_values().max_by_key(|of| own(of))?;
    let is_once_in_each = most.windows(2).all(|pair| pair[0].0 != pair[1].0);
    let own = own(&most);
    (is_most(own, time) && most.len() > 1 && is_once_in_each)
        .then(|| (most.into_iter().map(|(_, row)| row).collect(), own))
}

/// More than two thirds.
const fn is_most(part: i64, whole: i64) -> bool {
    part * 3 > whole * 2
}

/// Time on the critical path, by row, with all that is below it.
struct Below {
    time: Vec<i64>,
    /// The longest time of one span, or of the attempts of one call, below the row.
    longest: Vec<i64>,
}

impl Below {
    fn new(rows: &Rows<'_>, callers: &LikelyCallers, attempts: &Attempts, path: &CriticalPath) -> Self {
        let mut below = Self { time: path.time.clone(), longest: path.time.clone() };
        // Each row stands above what it waited for: from the last row on, all below a row is known.
        for row in (0..rows.len()).rev() {
            let Some(above) = callers.above(rows, row) else { continue };
            below.time[above] += below.time[row];
            let series = attempts.of(row);
            // The first attempt adds up all: the others come before it in this order.
            let together = match series.first() {
                Some(&first) if first == row => series.iter().map(|&row| below.time[row]).sum(),
                _ => below.longest[row],
            };
            below.longest[above] = below.longest[above].max(together);
        }
        below
    }
}
