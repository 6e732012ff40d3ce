//! Missing parents that were in the process of their orphans: which they are, and whether they have ended.
//!
//! A span is exported when it ends, and what it does in its process ends before. So a parent that is missing was lost when a
//! span around it arrived. Without such a span it may still run, as the session of a WebSocket does.

use std::collections::BTreeMap;

use trace_model::{SpanId, SpanKind};

use crate::{hash::HashSet, limits};

use super::{At, Window};

/// Whether the missing parent of an orphan was in the orphan's process: by its flags, else by its kind.
pub(super) fn is_local(window: &Window<'_>, orphan: At) -> bool {
    let row = window.row(orphan);
    let is_inner = matches!(row.kind, SpanKind::Internal | SpanKind::Client | SpanKind::Producer);
    row.is_parent_remote.map_or(is_inner, |is_remote| !is_remote)
}

/// The traces with missing parents that were local.
pub(super) struct LocalParents(BTreeMap<usize, Trace>);

#[derive(Default)]
struct Trace {
    /// By start, the orphans of those parents, each with its service.
    orphans: Vec<(u64, usize)>,
    /// Those parents. They may have children in other processes, too.
    parents: HashSet<SpanId>,
    /// Spans that are not below such a parent, by start; how far those that began until then reach.
    reached: Vec<(u64, u64)>,
}

impl LocalParents {
    /// `groups`: the orphans of each missing parent. Those in its process come first afterwards.
    pub(super) fn new<'g>(window: &Window<'_>, groups: impl Iterator<Item = &'g mut Vec<At>>) -> Self {
        let mut traces = BTreeMap::<usize, Trace>::new();
        for group in groups {
            group.sort_by_key(|at| (!is_local(window, *at), window.row(*at).is_parent_remote.is_none()));
            let first = group[0];
            if is_local(window, first) {
                let it = traces.entry(first.trace).or_default();
                it.orphans.push((window.start(first), window.service(first)));
                it.parents.extend(window.span(first).parent);
            }
        }
        for (trace, it) in &mut traces {
            it.orphans.sort_unstable();
            it.reached = reached(window, *trace, &it.parents);
        }
        Self(traces)
    }

    /// Whether the missing parent of these orphans has ended, as far as the other spans show: one of them was open around
    /// all that the parent did in its process.
    pub(super) fn has_ended(&self, window: &Window<'_>, orphans: &[At]) -> bool {
        let own = || orphans.iter().filter(|at| is_local(window, **at));
        let begin =
            own().map(|at| window.start(*at).saturating_add(window.slack(*at))).min().unwrap_or_default();
        let end = own().map(|at| window.end(*at).saturating_sub(window.slack(*at))).max().unwrap_or_default();
        let reached = orphans.first().and_then(|at| self.0.get(&at.trace)).map_or(&[][..], |it| &it.reached);
        let first_after = reached.partition_point(|(start, _)| *start <= begin);
        first_after.checked_sub(1).is_some_and(|last| reached[last].1 >= end)
    }

    /// Whether another service than the client's has such an orphan within the client's time.
    pub(super) fn are_within(&self, window: &Window<'_>, client: At) -> bool {
        let orphans = self.0.get(&client.trace).map_or(&[][..], |it| &it.orphans);
        let slack = window.slack(client);
        let first = orphans.partition_point(|(start, _)| start + slack < window.start(client));
        let within = orphans[first..].iter().take(limits::OPEN_SPANS);
        within
            .take_while(|(start, _)| *start <= window.end(client))
            .any(|(_, service)| *service != window.service(client))
    }
}

/// See [`Trace::reached`].
fn reached(window: &Window<'_>, trace: usize, parents: &HashSet<SpanId>) -> Vec<(u64, u64)> {
    // By row: whether it is below a missing parent that was local. Parents come before their children.
    let mut is_below = Vec::with_capacity(window.traces[trace].rows.len());
    let mut spans = Vec::new();
    for at in window.rows_of(trace) {
        let is_child = || window.span(at).parent.is_some_and(|parent| parents.contains(&parent));
        let below = window.parent(at).map_or_else(is_child, |parent| is_below[parent.row]);
        is_below.push(below);
        if !below {
            spans.push((window.start(at), window.end(at)));
        }
    }
    spans.sort_unstable();
    let mut reach = 0;
    for (_, end) in &mut spans {
        reach = reach.max(*end);
        *end = reach;
    }
    spans
}
