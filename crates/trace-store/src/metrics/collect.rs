//! Collection of samples from the index, by operation and by call.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    ops::Deref,
    sync::Arc,
};

use foldhash::fast::RandomState;
use trace_model::{SpanId, SpanKind};

use super::{
    calls::CallNode,
    query::MetricsQuery,
    sample::{Outcome, Sample},
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

#[derive(Debug, Default)]
pub(super) struct Samples {
    pub(super) operations: Vec<Operation>,
    /// By caller and callee.
    pub(super) calls: Vec<((CallNode, CallNode), Vec<Outcome>)>,
}

/// One end of a call, by its name id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum End {
    Service(NameId),
    /// The peer of an operation.
    PeerOf(NameId),
}

/// Positions in a list, by key.
type Positions<K> = HashMap<K, usize, RandomState>;

/// Positions by name ids. They are valid for one round: between rounds, a name may be removed and its id reused.
#[derive(Default)]
struct RoundPositions {
    operations: Positions<(NameId, NameId, SpanKind)>,
    calls: Positions<(End, End)>,
}

/// Collects the samples of all spans in the time range.
pub(super) fn collect<L: Deref<Target = Index>>(query: MetricsQuery, lock: impl Fn() -> L) -> Samples {
    let mut samples = Samples::default();
    let mut operations: Positions<(Arc<str>, Arc<str>, SpanKind)> = HashMap::default();
    let mut calls: Positions<(CallNode, CallNode)> = HashMap::default();
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
                    round.add(trace, query, &mut operations, &mut calls);
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
    fn add(
        &mut self,
        trace: &TraceEntry,
        query: MetricsQuery,
        operations: &mut Positions<(Arc<str>, Arc<str>, SpanKind)>,
        calls: &mut Positions<(CallNode, CallNode)>,
    ) {
        let Self { index, positions, samples } = self;
        let matched = MatchedCalls::of(trace, index);
        for span in trace.spans.iter().filter(|span| query.includes(span.start)) {
            let parent = trace.parent_of(span, &index.hasher);
            let outcome = Outcome::of(span);
            let position =
                *positions.operations.entry((span.service, span.name, span.kind)).or_insert_with(|| {
                    let (service, name) =
                        (index.services.text(span.service), index.operations.text(span.name));
                    position_of(
                        operations,
                        (service.clone(), name.clone(), span.kind),
                        &mut samples.operations,
                        || Operation { service, name, kind: span.kind, spans: Vec::new() },
                    )
                });
            if let Some(operation) = samples.operations.get_mut(position) {
                operation.spans.push(Sample { start: span.start, outcome });
            }
            let Some(call) = call(index, span, parent, &matched) else { continue };
            let position = *positions.calls.entry(call).or_insert_with(|| {
                let ends = (node(index, call.0), node(index, call.1));
                position_of(calls, ends.clone(), &mut samples.calls, || (ends, Vec::new()))
            });
            if let Some((_, outcomes)) = samples.calls.get_mut(position) {
                outcomes.push(outcome);
            }
        }
    }
}

fn position_of<K: Hash + Eq, T>(
    positions: &mut Positions<K>,
    key: K,
    all: &mut Vec<T>,
    new: impl FnOnce() -> T,
) -> usize {
    *positions.entry(key).or_insert_with(|| {
        all.push(new());
        all.len() - 1
    })
}

/// The call whose server side a span is; or, where the server side is not traced, the call that the span makes.
fn call(
    index: &Index,
    span: &SpanEntry,
    parent: Option<&SpanEntry>,
    matched: &MatchedCalls<'_>,
) -> Option<(End, End)> {
    if let Some(parent) = parent
        && parent.service != span.service
    {
        return Some((End::Service(parent.service), End::Service(span.service)));
    }
    index.operations.peer(span.name)?;
    let (service, peer) = (End::Service(span.service), End::PeerOf(span.name));
    match span.kind {
        SpanKind::Consumer => Some((peer, service)),
        _ if matched.contains(span) => None,
        _ => Some((service, peer)),
    }
}

/// The spans of a trace whose server side is traced: a child of another service, or a span of the same id.
enum MatchedCalls<'t> {
    /// All spans, searched on demand.
    Few(&'t [SpanEntry]),
    Many(HashSet<SpanId, RandomState>),
}

impl<'t> MatchedCalls<'t> {
    fn of(trace: &'t TraceEntry, index: &Index) -> Self {
        /// Up to this many spans, a linear search is faster than a set.
        const FEW: usize = 32;
        if trace.spans.len() <= FEW {
            return Self::Few(&trace.spans);
        }
        let mut matched = HashSet::default();
        let mut services: HashMap<SpanId, NameId, RandomState> = HashMap::default();
        for span in &trace.spans {
            let parent = trace.parent_of(span, &index.hasher);
            matched.extend(parent.filter(|parent| parent.service != span.service).map(|parent| parent.id));
            if *services.entry(span.id).or_insert(span.service) != span.service {
                matched.insert(span.id);
            }
        }
        Self::Many(matched)
    }

    fn contains(&self, span: &SpanEntry) -> bool {
        match self {
            Self::Many(matched) => matched.contains(&span.id),
            Self::Few(spans) => spans.iter().any(|other| {
                other.service != span.service && (other.parent() == Some(span.id) || other.id == span.id)
            }),
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
