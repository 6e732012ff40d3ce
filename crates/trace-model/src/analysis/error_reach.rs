//! How far each error of a trace propagates.
//!
//! INTERNAL spans often do not record the error that passes through them, nor do some clients record that the server
//! answered with an error. Such a span does not end a chain. Nor does a lost span, if something likely waited for what is
//! below it.

use crate::SpanKind;

use super::{
    attempts::Attempts, calls::only_server, intervals::Intervals, likely_callers::LikelyCallers, rows::Rows,
};

/// How far an error on a row propagates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// To a caller without an error.
    Handled,
    /// To the first span of detached work.
    Background,
    /// To the root, past a span that did not record it.
    RootWithGap,
    /// To the root.
    Root,
}

/// By row: how far an error there propagates, or would propagate.
pub(super) fn reach(
    rows: &Rows<'_>,
    callers: &LikelyCallers,
    attempts: &Attempts,
    intervals: &Intervals,
) -> Vec<Reach> {
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
