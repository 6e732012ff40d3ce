//! Which span likely waited for spans whose parent was lost.
//!
//! A lost span leaves its children without a parent, and often its caller without a callee. Where exactly one span can
//! have led to the children, and ran as long as they did, it likely waited for them:
//!
//! - children that another process called: the call of another process that no span answers and that encloses them
//! - children of a lost local span: the innermost span of their own request that encloses them; if the request's own
//!   span was lost too, the call as above
//!
//! This is likely, not certain: the call may have gone elsewhere. Where several calls enclose the children, none is
//! named; each of them may be missing its callee. Between clocks that differ nothing is compared.

mod candidates;
mod orphans;

use std::{collections::HashMap, iter};

use crate::SpanKind;

use super::{
    clocks::{ClockOffset, ClocksByProcess},
    parents::ParentOrigin,
    rows::Rows,
};
use candidates::Candidates;
use orphans::{Orphans, orphans};

/// Rows that likely waited for others without being their parents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LikelyCallers {
    caller_of: HashMap<usize, usize>,
    /// By row: those that it likely waited for, by start.
    callees_of: HashMap<usize, Vec<usize>>,
    /// In ascending order.
    without_callee: Vec<usize>,
}

impl LikelyCallers {
    pub fn new(
        rows: &Rows<'_>,
        parents: &[ParentOrigin],
        granularity: &[i64],
        clocks: &[ClockOffset],
    ) -> Self {
        let mut callers = Self::default();
        let orphans = orphans(rows, parents, granularity);
        if orphans.is_empty() {
            return callers;
        }
        let mut candidates = Candidates::new(rows, granularity);
        let clocks = ClocksByProcess::new(clocks);
        let clock_ahead: Vec<i64> = rows.processes.iter().map(|process| clocks.ahead(process)).collect();
        for orphans in orphans {
            match candidates.callers_of(&orphans) {
                [Some(caller), None] if clock_ahead[rows[caller].process] == clock_ahead[orphans.process] => {
                    callers.insert(caller, &orphans);
                    if rows[caller].kind == SpanKind::Client {
                        callers.without_callee.push(caller);
                    }
                }
                [Some(one), Some(other)] => callers.without_callee.extend([one, other]),
                _ => {}
            }
        }
        // Several groups of orphans may have one caller.
        for callees in callers.callees_of.values_mut() {
            callees.sort_unstable_by_key(|&row| (rows[row].start, row));
        }
        callers.without_callee.sort_unstable();
        callers.without_callee.dedup();
        callers
    }

    fn insert(&mut self, caller: usize, orphans: &Orphans) {
        // Callers stand above their callees: so there are no cycles, and one pass over the rows is enough.
        if orphans.rows.iter().any(|&row| row <= caller) {
            return;
        }
        self.caller_of.extend(orphans.rows.iter().map(|&row| (row, caller)));
        self.callees_of.entry(caller).or_default().extend(&orphans.rows);
    }

    /// The row that likely waited for a row at the top level. It stands above it.
    pub fn of(&self, row: usize) -> Option<usize> {
        self.caller_of.get(&row).copied()
    }

    /// Each row whose caller is likely another row, and that row.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize)> {
        self.caller_of.iter().map(|(&row, &caller)| (row, caller))
    }

    /// Whether the row is a call that likely led to orphans, or one of the two longest of several that can have.
    pub fn may_miss_callee(&self, row: usize) -> bool {
        self.without_callee.binary_search(&row).is_ok()
    }

    /// The row that waited for a row: its parent, or likely another.
    pub fn above(&self, rows: &Rows<'_>, row: usize) -> Option<usize> {
        rows[row].parent.or_else(|| self.of(row))
    }

    /// What likely waited above the nearest lost span above a row.
    pub fn nearest_above(&self, rows: &Rows<'_>, row: usize) -> Option<usize> {
        let mut top = row;
        while let Some(parent) = rows[top].parent {
            top = parent;
        }
        self.of(top)
    }

    /// The rows that a row waited for, by start.
    pub(super) fn below<'a>(&'a self, rows: &'a Rows<'_>, row: usize) -> impl Iterator<Item = usize> + 'a {
        let mut children = rows.children(row).peekable();
        let mut callees = self.callees_of.get(&row).into_iter().flatten().copied().peekable();
        let by_start = |row: usize| (rows[row].start, row);
        iter::from_fn(move || match (children.peek(), callees.peek()) {
            (Some(&child), Some(&callee)) if by_start(child) < by_start(callee) => children.next(),
            (_, Some(_)) => callees.next(),
            _ => children.next(),
        })
    }
}
