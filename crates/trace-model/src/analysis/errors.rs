//! Which errors reached the root, where they began, and which were handled on the way.
//!
//! An error that a caller handled leaves no error on the caller: a retry that succeeded, a 404 that was expected, a
//! fallback. Only an error whose ancestors failed too has reached the root. INTERNAL spans often do not record the error
//! that passes through them, nor do some clients record that the server answered with an error. Such a span does not end
//! a chain; a chain without such gaps ranks first. Nor does a lost span, if something likely waited for what is below it.

use std::cmp::Reverse;

use crate::SpanKind;

use super::{
    attempts::Attempts, calls::only_server, intervals::Intervals, likely_callers::LikelyCallers, rows::Rows,
};

/// Where the failure of the trace began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RootCause {
    /// The deepest failure of a chain of errors that reaches the root; of several such, the earliest.
    pub row: usize,
    /// How often the call was made that failed there.
    pub attempts: usize,
}

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

/// How far an error on a row propagates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// To a caller without an error.
    Handled,
    /// To the first span of detached work.
    Background,
    /// To the root, past a span that did not record it.
    RootWithGap,
    /// To the root.
    Root,
}

impl Errors {
    pub fn new(rows: &Rows<'_>, callers: &LikelyCallers, attempts: &Attempts, intervals: &Intervals) -> Self {
        let reach = reach(rows, callers, attempts, intervals);
        let all: Vec<usize> = rows.iter().filter(|(_, row)| row.is_error).map(|(index, _)| index).collect();
        let with = |wanted: Reach| all.iter().copied().filter(|&row| reach[row] == wanted).collect();
        Self {
            handled: with(Reach::Handled),
            background: with(Reach::Background),
            root_cause: root_cause(rows, callers, attempts, &reach, &all),
            all,
        }
    }
}

/// By row: how far an error there propagates, or would propagate.
fn reach(rows: &Rows<'_>, callers: &LikelyCallers, attempts: &Attempts, intervals: &Intervals) -> Vec<Reach> {
    let mut reach: Vec<Reach> = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter() {
        let above = callers.above(rows, index);
        reach.push(match above {
            None if row.has_failed => Reach::Root,
            Some(_) if row.has_failed && attempts.succeeded_later(rows, index) => Reach::Handled,
            Some(_) if row.has_failed && intervals.detached[index] => Reach::Background,
            Some(parent) if row.has_failed && row.parent.is_some() => reach[parent],
            Some(caller) if row.has_failed => reach[caller].min(Reach::RootWithGap),
            Some(parent) if passes_errors(rows, index) && !intervals.detached[index] => {
                reach[parent].min(Reach::RootWithGap)
            }
            _ => Reach::Handled,
        });
    }
    reach
}

/// Whether a span without an error may have passed one on. A client with several servers below it tried again.
fn passes_errors(rows: &Rows<'_>, row: usize) -> bool {
    match rows[row].kind {
        SpanKind::Internal => true,
        SpanKind::Client => only_server(rows, row).is_some(),
        _ => false,
    }
}

fn root_cause(
    rows: &Rows<'_>,
    callers: &LikelyCallers,
    attempts: &Attempts,
    reach: &[Reach],
    errors: &[usize],
) -> Option<RootCause> {
    let reached = || errors.iter().copied().filter(|&row| reach[row] >= Reach::RootWithGap);
    let mut has_cause_below = vec![false; rows.len()];
    for row in reached().filter(|&row| reach[row] == Reach::Root) {
        if let Some(parent) = rows[row].parent {
            has_cause_below[parent] = true;
        }
    }
    for row in reached().filter(|&row| reach[row] == Reach::RootWithGap) {
        if let Some(ancestor) = nearest_error_above(rows, callers, row) {
            has_cause_below[ancestor] = true;
        }
    }
    let order = |&row: &usize| (Reverse(reach[row]), rows[row].end, Reverse(row));
    let row = reached().filter(|&row| !has_cause_below[row]).min_by_key(order)?;
    Some(RootCause { row, attempts: attempts_at(rows, callers, attempts, row) })
}

fn nearest_error_above(rows: &Rows<'_>, callers: &LikelyCallers, row: usize) -> Option<usize> {
    let mut above = callers.above(rows, row);
    while let Some(ancestor) = above.filter(|&ancestor| !rows[ancestor].is_error) {
        above = callers.above(rows, ancestor);
    }
    above
}

/// How often the failure was tried: the most attempts of one call, at the cause or at a caller that failed with it.
fn attempts_at(rows: &Rows<'_>, callers: &LikelyCallers, attempts: &Attempts, cause: usize) -> usize {
    let mut most = 1;
    let mut at = Some(cause);
    while let Some(row) = at.filter(|&row| rows[row].has_failed) {
        most = most.max(attempts.of(row).len());
        at = callers.above(rows, row);
    }
    most
}
