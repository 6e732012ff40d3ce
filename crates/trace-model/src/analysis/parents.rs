//! Whether a parent that is not in the trace is another system's, or was lost by this one.

use std::collections::{HashMap, HashSet};

use crate::{Origin, Span, SpanId, SpanKind, tree::Tree};

use super::{
    resource_path::LastSegment,
    rows::{Row, Rows},
};

/// Where a row's parent is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParentOrigin {
    /// The span names none: it begins the trace.
    Root,
    /// It is in the trace.
    Present,
    /// It belongs to a caller outside: a browser, a partner, or a client that sends its own `traceparent`.
    Outside,
    /// It is a span that this system should have sent.
    Missing,
}

/// The origin of each row's parent.
///
/// A request from another process came from outside when the trace has no root of its own, and no call in it that can
/// have led to the request. Otherwise a span of this system lies between, which is missing; so is a parent in the span's
/// own process.
pub fn origins(rows: &Rows<'_>) -> Vec<ParentOrigin> {
    let begins_here = rows.roots().any(|root| !rows[root].is_orphan);
    let calls = UnansweredCalls::new(rows);
    rows.iter()
        .map(|(index, row)| match (row.parent, row.is_orphan) {
            (Some(_), _) => ParentOrigin::Present,
            (None, false) => ParentOrigin::Root,
            (None, true) if !begins_here && is_request(row) && !calls.may_lead_to(rows, index) => {
                ParentOrigin::Outside
            }
            (None, true) => ParentOrigin::Missing,
        })
        .collect()
}

/// The missing parents, each once, in the order of the rows that name them. `origins` are those of the tree's rows.
pub fn missing(spans: &[(Origin<'_>, Span<'_>)], tree: &Tree, origins: &[ParentOrigin]) -> Vec<SpanId> {
    let judged = tree.rows.iter().zip(origins);
    let named_by = judged.filter(|(_, origin)| **origin == ParentOrigin::Missing).map(|(row, _)| row.node);
    let missing: HashSet<SpanId> = named_by.filter_map(|node| spans.get(node)?.1.parent).collect();
    tree.missing_parents.iter().copied().filter(|parent| missing.contains(parent)).collect()
}

/// Whether the span may have been called by another process.
pub(super) fn is_request(row: &Row) -> bool {
    match row.is_parent_remote {
        Some(remote) => remote,
        None => matches!(row.kind, SpanKind::Server | SpanKind::Consumer),
    }
}

/// Whether no span answers a call, although some service may have: it can have led to an orphan.
pub(super) fn is_unanswered_call(rows: &Rows<'_>, row: usize) -> bool {
    let call = &rows[row];
    matches!(call.kind, SpanKind::Client | SpanKind::Producer)
        && !call.is_database_call
        && rows.children(row).next().is_none()
}

/// The calls of this trace that no span answers, by what they asked for, if they say it.
struct UnansweredCalls {
    calls: HashMap<Option<LastSegment>, Running>,
    any_call: Running,
    messages: Running,
}

impl UnansweredCalls {
    fn new(rows: &Rows<'_>) -> Self {
        let (mut calls, mut any_call, mut messages) =
            (HashMap::new(), Running::default(), Running::default());
        for (index, call) in rows.iter().filter(|(index, _)| is_unanswered_call(rows, *index)) {
            let interval = (call.start, call.end);
            messages.0.push(interval);
            if call.kind == SpanKind::Client {
                any_call.0.push(interval);
                let of_path: &mut Running = calls.entry(LastSegment::of(rows.span(index))).or_default();
                of_path.0.push(interval);
            }
        }
        calls.values_mut().chain([&mut any_call, &mut messages]).for_each(Running::prepare);
        Self { calls, any_call, messages }
    }

    /// Whether one that ran when the request began can have led to it.
    fn may_lead_to(&self, rows: &Rows<'_>, request: usize) -> bool {
        let start = rows[request].start;
        if rows[request].kind == SpanKind::Consumer {
            return self.messages.ran_at(start);
        }
        match LastSegment::of(rows.span(request)) {
            None => self.any_call.ran_at(start),
            asked => [None, asked]
                .iter()
                .any(|asked| self.calls.get(asked).is_some_and(|calls| calls.ran_at(start))),
        }
    }
}

/// Intervals from a start to an end.
#[derive(Default)]
struct Running(Vec<(i64, i64)>);

impl Running {
    /// For a look-up by start: how far the intervals that began until then reach.
    fn prepare(&mut self) {
        self.0.sort_unstable();
        let mut reached = i64::MIN;
        for (_, end) in &mut self.0 {
            reached = reached.max(*end);
            *end = reached;
        }
    }

    fn ran_at(&self, time: i64) -> bool {
        let begun = self.0.partition_point(|(start, _)| *start <= time);
        begun.checked_sub(1).and_then(|last| self.0.get(last)).is_some_and(|(_, end)| *end >= time)
    }
}
