//! From the index to the durations of each operation and each call.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    ops::Deref,
    sync::Arc,
};

use foldhash::fast::RandomState;
use trace_model::{Nanos, SpanId, SpanKind, StatusCode};

use super::{Asked, Node};
use crate::{
    index::{Index, Newest, SpanEntry, TraceEntry},
    names::NameId,
    search::Cursor,
};

/// How many traces a round looks at before it lets go of the lock.
const ROUND: usize = 8_192;
/// How many traces are looked at together.
const TOGETHER: usize = 16;

/// What a figure is made of, in 16 bytes: there are as many as spans.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) start: Nanos,
    pub(super) outcome: Outcome,
}

/// The duration of a span in nanoseconds, and two flags in the lowest bits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome(u64);

impl Outcome {
    const FAILED: u64 = 1;
    const ENTRY: u64 = 2;

    fn of(span: &SpanEntry) -> Self {
        let duration = span.end.since(span.start).min(u64::MAX >> 2) << 2;
        let failed = if span.status == StatusCode::Error { Self::FAILED } else { 0 };
        let is_entry = matches!(span.kind, SpanKind::Server | SpanKind::Consumer) || span.parent().is_none();
        Self(duration | failed | if is_entry { Self::ENTRY } else { 0 })
    }

    /// Nanoseconds, up to 146 years.
    pub(super) const fn duration(self) -> u64 {
        self.0 >> 2
    }

    pub(super) const fn failed(self) -> bool {
        self.0 & Self::FAILED != 0
    }

    /// The service was asked from outside.
    pub(super) const fn is_entry(self) -> bool {
        self.0 & Self::ENTRY != 0
    }
}

#[derive(Debug)]
pub(super) struct Operation {
    pub(super) service: Arc<str>,
    pub(super) name: Arc<str>,
    pub(super) kind: SpanKind,
    pub(super) spans: Vec<Sample>,
}

#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) operations: Vec<Operation>,
    /// From whom to whom.
    pub(super) calls: Vec<((Node, Node), Vec<Outcome>)>,
}

/// One end of a call, as the index numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum End {
    Service(NameId),
    /// The peer that an operation names.
    PeerOf(NameId),
}

type ByKey<K> = HashMap<K, usize, RandomState>;

/// Where the samples of what goes. Numbers of names are good for one round: between two, a name may go and its number be
/// another's.
#[derive(Default)]
struct Places {
    operations: ByKey<(NameId, NameId, SpanKind)>,
    calls: ByKey<(End, End)>,
}

pub(super) fn gather<L: Deref<Target = Index>>(asked: Asked, lock: impl Fn() -> L) -> Gathered {
    let mut gathered = Gathered::default();
    let mut operations: ByKey<(Arc<str>, Arc<str>, SpanKind)> = HashMap::default();
    let mut calls: ByKey<(Node, Node)> = HashMap::default();
    let mut next: Option<Cursor> = None;
    loop {
        let index = lock();
        let mut round = Round { index: &index, places: Places::default(), gathered: &mut gathered };
        let mut traces = index.newest_from(next);
        for _ in 0..ROUND / TOGETHER {
            // Counting looks at every span, and so the memory of many traces is waited for together.
            let counted = traces.by_ref().take(TOGETHER).map(|Newest { trace, after, .. }| {
                (trace, after, trace.spans.iter().filter(|span| asked.is_in_time(span.start)).count())
            });
            let counted: Vec<_> = counted.collect();
            for (trace, after, spans) in &counted {
                next = Some(*after);
                if *spans > 0 {
                    round.add(trace, asked, &mut operations, &mut calls);
                }
            }
            if counted.len() < TOGETHER {
                return gathered;
            }
        }
    }
}

struct Round<'i, 'g> {
    index: &'i Index,
    places: Places,
    gathered: &'g mut Gathered,
}

impl Round<'_, '_> {
    fn add(
        &mut self,
        trace: &TraceEntry,
        asked: Asked,
        operations: &mut ByKey<(Arc<str>, Arc<str>, SpanKind)>,
        calls: &mut ByKey<(Node, Node)>,
    ) {
        let Self { index, places, gathered } = self;
        let answered = Answered::of(trace, index);
        for span in trace.spans.iter().filter(|span| asked.is_in_time(span.start)) {
            let parent = trace.parent_of(span, &index.hasher);
            let outcome = Outcome::of(span);
            let place = *places.operations.entry((span.service, span.name, span.kind)).or_insert_with(|| {
                let (service, name) = (index.services.text(span.service), index.operations.text(span.name));
                place_of(
                    operations,
                    (service.clone(), name.clone(), span.kind),
                    &mut gathered.operations,
                    || Operation { service, name, kind: span.kind, spans: Vec::new() },
                )
            });
            if let Some(operation) = gathered.operations.get_mut(place) {
                operation.spans.push(Sample { start: span.start, outcome });
            }
            let Some(call) = call(index, span, parent, &answered) else { continue };
            let place = *places.calls.entry(call).or_insert_with(|| {
                let ends = (node(index, call.0), node(index, call.1));
                place_of(calls, ends.clone(), &mut gathered.calls, || (ends, Vec::new()))
            });
            if let Some((_, outcomes)) = gathered.calls.get_mut(place) {
                outcomes.push(outcome);
            }
        }
    }
}

fn place_of<K: Hash + Eq, T>(
    places: &mut ByKey<K>,
    key: K,
    all: &mut Vec<T>,
    new: impl FnOnce() -> T,
) -> usize {
    *places.entry(key).or_insert_with(|| {
        all.push(new());
        all.len() - 1
    })
}

/// The call that a span is the called half of; or, where the other half is not traced, the only half.
fn call(
    index: &Index,
    span: &SpanEntry,
    parent: Option<&SpanEntry>,
    answered: &Answered<'_>,
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
        _ if answered.contains(span) => None,
        _ => Some((service, peer)),
    }
}

/// Which spans of a trace have another half: a span of another service below them, or of the same id.
enum Answered<'t> {
    /// Looked for when somebody asks.
    Few(&'t [SpanEntry]),
    Many(HashSet<SpanId, RandomState>),
}

impl<'t> Answered<'t> {
    fn of(trace: &'t TraceEntry, index: &Index) -> Self {
        /// Up to so many spans, looking at each is faster than a set.
        const FEW: usize = 32;
        if trace.spans.len() <= FEW {
            return Self::Few(&trace.spans);
        }
        let mut answered = HashSet::default();
        let mut services: HashMap<SpanId, NameId, RandomState> = HashMap::default();
        for span in &trace.spans {
            let parent = trace.parent_of(span, &index.hasher);
            answered.extend(parent.filter(|parent| parent.service != span.service).map(|parent| parent.id));
            if *services.entry(span.id).or_insert(span.service) != span.service {
                answered.insert(span.id);
            }
        }
        Self::Many(answered)
    }

    fn contains(&self, span: &SpanEntry) -> bool {
        match self {
            Self::Many(answered) => answered.contains(&span.id),
            Self::Few(spans) => spans.iter().any(|other| {
                other.service != span.service && (other.parent() == Some(span.id) || other.id == span.id)
            }),
        }
    }
}

fn node(index: &Index, end: End) -> Node {
    match end {
        End::Service(id) => Node::Service(index.services.text(id)),
        End::PeerOf(id) => match index.operations.peer(id) {
            Some(peer) => Node::Peer(peer.clone()),
            None => Node::Service("".into()), // it is looked up while the name is in use
        },
    }
}
