//! Collection of samples from the index, by operation and by call.

use std::{collections::HashMap, ops::Deref, sync::Arc};

use foldhash::fast::RandomState;
use trace_model::SpanKind;

use super::{
    bounded::Bounded,
    calls::{CallNode, Calls},
    query::MetricsQuery,
    sample::{Outcome, Sample},
    trace_calls::{TraceCalls, makes_calls},
};
use crate::index::{Cursor, Index, NameId, Newest, SpanEntry, TraceEntry};

/// Traces that a round visits before it releases the lock.
const ROUND: usize = 8_192;
/// Traces of a group, whose memory is fetched together.
const GROUP: usize = 16;

#[derive(Debug)]
pub(super) struct Operation {
    pub(super) service: Arc<str>,
    pub(super) name: Arc<str>,
    pub(super) kind: SpanKind,
    pub(super) spans: Vec<Sample>,
}

/// Operations of a service, by their names.
type OperationKey = (Arc<str>, Arc<str>, SpanKind);

#[derive(Debug, Default)]
pub(super) struct Samples {
    pub(super) operations: Bounded<OperationKey, Operation>,
    pub(super) calls: Bounded<(CallNode, CallNode), Calls>,
    /// The names of all services, those of operations beyond the bound included.
    pub(super) services: Bounded<Arc<str>, ()>,
}

/// A call as its sides saw it. A side that records no span, or that began outside of the time range, is `None`.
#[derive(Clone, Copy)]
struct Sides {
    by_caller: Option<Outcome>,
    by_callee: Option<Outcome>,
}

/// One end of a call, by its name id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum End {
    Service(NameId),
    /// The peer of an operation.
    PeerOf(NameId),
}

/// Positions in [`Samples`], by key. `None` where there is no room.
type Positions<K> = HashMap<K, Option<usize>, RandomState>;

/// Positions by name ids. They are valid for one round: between rounds, a name may be removed and its id reused.
#[derive(Default)]
struct RoundPositions {
    operations: Positions<(NameId, NameId, SpanKind)>,
    calls: Positions<(End, End)>,
}

/// Collects the samples of all spans in the time range.
pub(super) fn collect<L: Deref<Target = Index>>(query: MetricsQuery, lock: impl Fn() -> L) -> Samples {
    let mut samples = Samples::default();
    let mut next: Option<Cursor> = None;
    loop {
        let index = lock();
        let mut round = Round { index: &index, positions: RoundPositions::default(), samples: &mut samples };
        let mut traces = index.newest_from(next);
        for _ in 0..ROUND / GROUP {
            // Counting touches all spans of the group, so that its cache misses overlap.
            let counted = traces.by_ref().take(GROUP).map(|Newest { trace, after, .. }| {
                (trace, after, trace.spans.iter().filter(|span| query.includes(span.start)).count())
            });
            let counted: Vec<_> = counted.collect();
            for (trace, after, spans) in &counted {
                next = Some(*after);
                if *spans > 0 {
                    round.add(trace, query);
                }
            }
            if counted.len() < GROUP {
                return samples;
            }
        }
    }
}

struct Round<'i, 'g> {
    index: &'i Index,
    positions: RoundPositions,
    samples: &'g mut Samples,
}

impl Round<'_, '_> {
    fn add(&mut self, trace: &TraceEntry, query: MetricsQuery) {
        let mut trace_calls = TraceCalls::of(trace, self.index);
        for span in &trace.spans {
            let caller = trace_calls.caller(span);
            let outcome = Outcome::of(span);
            let is_included = query.includes(span.start);
            if is_included {
                self.add_to_operation(span, outcome);
            }
            let service = End::Service(span.service);
            let by_span = is_included.then_some(outcome);
            let (call, sides) = if let Some(caller) = caller {
                let counts = makes_calls(caller)
                    && query.includes(caller.start)
                    && trace_calls.is_first_answer(caller, span);
                let by_caller = counts.then(|| Outcome::of(caller));
                ((End::Service(caller.service), service), Sides { by_caller, by_callee: by_span })
            } else if self.index.operations.peer(span.name).is_none() {
                continue;
            } else if span.kind == SpanKind::Consumer {
                ((End::PeerOf(span.name), service), Sides { by_caller: None, by_callee: by_span })
            } else if trace_calls.is_answered(span) {
                continue;
            } else {
                ((service, End::PeerOf(span.name)), Sides { by_caller: by_span, by_callee: None })
            };
            self.add_to_calls(call, sides);
        }
    }

    fn add_to_operation(&mut self, span: &SpanEntry, outcome: Outcome) {
        let Self { index, positions, samples } = self;
        let position =
            *positions.operations.entry((span.service, span.name, span.kind)).or_insert_with(|| {
                let (service, name) = (index.services.text(span.service), index.operations.text(span.name));
                samples.services.position_of(&service, || ());
                samples.operations.position_of(&(service.clone(), name.clone(), span.kind), || Operation {
                    service,
                    name,
                    kind: span.kind,
                    spans: Vec::new(),
                })
            });
        if let Some(operation) = samples.operations.get_mut(position) {
            operation.spans.push(Sample { start: span.start, outcome });
        }
    }

    fn add_to_calls(&mut self, call: (End, End), sides: Sides) {
        let Sides { by_caller, by_callee } = sides;
        if by_caller.is_none() && by_callee.is_none() {
            return;
        }
        let Self { index, positions, samples } = self;
        let position = *positions.calls.entry(call).or_insert_with(|| {
            let ends = (node(index, call.0), node(index, call.1));
            samples.calls.position_of(&ends, || Calls {
                caller: ends.0.clone(),
                callee: ends.1.clone(),
                by_caller: Vec::new(),
                by_callee: Vec::new(),
            })
        });
        if let Some(calls) = samples.calls.get_mut(position) {
            calls.by_caller.extend(by_caller);
            calls.by_callee.extend(by_callee);
        }
    }
}

fn node(index: &Index, end: End) -> CallNode {
    match end {
        End::Service(id) => CallNode::Service(index.services.text(id)),
        End::PeerOf(id) => match index.operations.peer(id) {
            Some(peer) => CallNode::Peer(peer.clone()),
            None => CallNode::Service("".into()), // unreachable, because the name is in use
        },
    }
}
