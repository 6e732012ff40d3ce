//! The calls of one trace: which span called which.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;
use trace_model::{SpanId, SpanKind};

use crate::index::{Index, NameId, SpanEntry, TraceEntry};

/// Up to this many spans, a linear search is faster than a set.
const FEW: usize = 32;

/// The calls between the services of a trace.
pub(super) struct TraceCalls<'t> {
    trace: &'t TraceEntry,
    hasher: &'t RandomState,
    /// Whether two spans have the same id, as client and server have in Zipkin.
    shares_ids: bool,
    /// `None` for few spans, which are searched.
    sets: Option<Sets>,
}

#[derive(Default)]
struct Sets {
    /// The spans whose callee is traced: a child of another service, or a span of the same id.
    answered: HashSet<SpanId, RandomState>,
    /// Callers whose call to a service is counted.
    counted: HashSet<(SpanId, NameId), RandomState>,
}

impl<'t> TraceCalls<'t> {
    pub(super) fn of(trace: &'t TraceEntry, index: &'t Index) -> Self {
        let hasher = &index.hasher;
        if trace.spans.len() <= FEW {
            return Self { trace, hasher, shares_ids: has_equal_ids(&trace.spans), sets: None };
        }
        let (sets, shares_ids) = Sets::of(trace, hasher);
        Self { trace, hasher, shares_ids, sets: Some(sets) }
    }

    /// The span of another service that called this one: its parent. Where a client and a server span share an id, as in
    /// Zipkin, the client span called the server span, and the server span is the parent of its service's spans.
    pub(super) fn caller(&self, span: &SpanEntry) -> Option<&'t SpanEntry> {
        let of_other_service = |caller: &&SpanEntry| caller.service != span.service;
        let parent = self.trace.parent_of(span, self.hasher).filter(of_other_service);
        if !self.shares_ids {
            return parent;
        }
        let parent = parent.filter(|it| !self.trace.has_span_of(it.id, span.service, self.hasher));
        if span.kind != SpanKind::Server || parent.is_some_and(makes_calls) {
            return parent;
        }
        let client = self.trace.client_of_same_id(span, self.hasher).filter(of_other_service);
        client.or(parent)
    }

    /// Whether a call is counted for its caller now: once for each service that it called, however many spans that has
    /// of the call.
    pub(super) fn is_first_answer(&mut self, caller: &SpanEntry, span: &SpanEntry) -> bool {
        if let Some(sets) = &mut self.sets {
            return sets.counted.insert((caller.id, span.service));
        }
        let mut earlier = self.trace.spans.iter().take_while(|other| !std::ptr::eq(*other, span));
        !earlier.any(|other| other.service == span.service && answers(other, caller.id))
    }

    /// Whether the callee of a span is traced.
    pub(super) fn is_answered(&self, span: &SpanEntry) -> bool {
        if let Some(sets) = &self.sets {
            return sets.answered.contains(&span.id);
        }
        self.trace.spans.iter().any(|other| other.service != span.service && answers(other, span.id))
    }
}

impl Sets {
    /// Also whether two spans have the same id.
    fn of(trace: &TraceEntry, hasher: &RandomState) -> (Self, bool) {
        let (mut sets, mut shares_ids) = (Self::default(), false);
        let mut services: HashMap<SpanId, NameId, RandomState> = HashMap::default();
        for span in &trace.spans {
            let parent = trace.parent_of(span, hasher);
            let parent = parent.filter(|parent| parent.service != span.service);
            sets.answered.extend(parent.map(|parent| parent.id));
            if let Some(service) = services.insert(span.id, span.service) {
                shares_ids = true;
                if service != span.service {
                    sets.answered.insert(span.id);
                }
            }
        }
        (sets, shares_ids)
    }
}

fn has_equal_ids(spans: &[SpanEntry]) -> bool {
    let is_repeated =
        |(at, span): (usize, &SpanEntry)| spans.iter().take(at).any(|other| other.id == span.id);
    spans.iter().enumerate().any(is_repeated)
}

/// Whether a span is the callee's of a call, if it is of another service.
fn answers(span: &SpanEntry, caller: SpanId) -> bool {
    span.parent == *caller.as_bytes() || span.id == caller
}

/// Whether the duration of a span is that of a call, as its caller saw it.
pub(super) const fn makes_calls(span: &SpanEntry) -> bool {
    matches!(span.kind, SpanKind::Client | SpanKind::Producer)
}
