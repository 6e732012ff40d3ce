//! The children of missing parents, and when a caller of theirs must have run.

use crate::SpanKind;

use super::super::{
    groups::{Group, groups},
    interval::Interval,
    parents::{ParentOrigin, is_request},
    resource_path::LastSegment,
    rows::Rows,
};

/// A span may outlive its caller by this part of its own duration: servers often end after the answer has arrived.
const OVERRUN_SHARE: i64 = 10;

/// The children of one missing parent.
pub(super) struct Orphans {
    /// By start.
    pub(super) rows: Vec<usize>,
    /// That of the missing parent, if it is local.
    pub(super) process: usize,
    /// A child had its parent in its own process.
    pub(super) is_local: bool,
    /// What their request was about, if all of them are requests and the first says it.
    pub(super) asked_for: Option<LastSegment>,
    /// When a caller must have run, as far as the clock can tell: from their first start to their last end.
    pub(super) needed: Interval,
}

/// The children of each missing parent that can have been waited for, in the order in which their callers must have
/// begun.
pub(super) fn orphans(rows: &Rows<'_>, parents: &[ParentOrigin], granularity: &[i64]) -> Vec<Orphans> {
    // Nothing in the trace waited for what the trace is about.
    let root = rows.main_root();
    let is_awaited = |group: &Group| group.roots.iter().all(|&row| Some(row) != root);
    let awaited = groups(rows, parents).into_iter().filter(is_awaited);
    let mut orphans: Vec<Orphans> =
        awaited.filter_map(|group| Orphans::new(rows, granularity, group)).collect();
    orphans.sort_by_key(|orphans| orphans.needed.from);
    orphans
}

impl Orphans {
    fn new(rows: &Rows<'_>, granularity: &[i64], group: Group) -> Option<Self> {
        group.missing_parent?;
        let can_be_awaited = |&row: &usize| rows[row].kind != SpanKind::Consumer && !rows[row].has_no_time;
        if !group.roots.iter().all(can_be_awaited) {
            return None;
        }
        let local = group.roots.iter().copied().find(|&row| !is_request(&rows[row]));
        let process = rows[local.or(group.roots.first().copied())?].process;
        let own = group.interval(rows);
        let overrun = granularity[process].max(own.length() / OVERRUN_SHARE);
        let needed = Interval { from: own.from + granularity[process], to: own.to - overrun };
        let request = group.roots.first().filter(|_| local.is_none());
        let asked_for = request.and_then(|&row| LastSegment::of(rows.span(row)));
        Some(Self { rows: group.roots, process, is_local: local.is_some(), asked_for, needed })
    }
}
