//! A query made ready for one state of the index: names are sets of ids, attributes are tokens.

mod attribute;

use foldhash::fast::RandomState;
use trace_model::{Nanos, SpanId, SpanKind, StatusCode, TraceId};

use crate::{
    digest::Digest,
    index::{Index, SpanEntry, TraceEntry},
    marked::Spans,
    names::{NameSet, Names},
    query::{Condition, Operator, Query, Text},
    sieve::Sieves,
    summary::root,
    traces::Slot,
};

use attribute::Asked;
pub(crate) use attribute::AttributeTest;

/// What the index can say about a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    No,
    Yes,
    /// Only the bytes of these of its spans can tell.
    Look(Spans),
}

pub(crate) struct Plan {
    on_trace: Vec<(bool, TraceTest)>,
    on_entry: Vec<(bool, EntryTest)>,
    attributes: Vec<AttributeTest>,
    from: Nanos,
    to: Nanos,
    hasher: RandomState,
}

enum TraceTest {
    Id(TraceId),
    Duration(Operator, u64),
    Spans(Operator, u64),
    Errors(Operator, u64),
    Service(NameSet),
    RootService(NameSet),
    RootName(NameSet),
}

enum EntryTest {
    Service(NameSet),
    Name(NameSet),
    ParentService(NameSet),
    ParentName(NameSet),
    Status(StatusCode),
    Kind(SpanKind),
    Duration(Operator, u64),
    Id(SpanId),
}

impl Plan {
    pub(crate) fn new(query: &Query, index: &Index) -> Self {
        let mut plan = Self {
            on_trace: Vec::new(),
            on_entry: Vec::new(),
            attributes: Vec::new(),
            from: query.from,
            to: query.to,
            hasher: index.hasher.clone(),
        };
        for term in &query.terms {
            plan.add(term.negated, &term.condition, index);
        }
        // What passes over most for the least comes first.
        plan.attributes.sort_by_key(AttributeTest::rank);
        plan
    }

    /// Asks first, of the conditions that columns are asked for, what let the fewest traces through so far.
    pub(crate) fn learn_from(&mut self, sieves: &Sieves) {
        self.attributes.sort_by_key(|test| test.share_let_through(sieves));
    }

    fn add(&mut self, negated: bool, condition: &Condition, index: &Index) {
        let set = |names: &Names, text: &Text| names.matching(|name| text.holds_of(name));
        let service = |text: &Text| set(&index.services, text);
        let name = |text: &Text| set(&index.operations, text);
        let on_entry = match condition {
            Condition::Service(text) => EntryTest::Service(service(text)),
            Condition::Name(text) => EntryTest::Name(name(text)),
            Condition::ParentService(text) => EntryTest::ParentService(service(text)),
            Condition::ParentName(text) => EntryTest::ParentName(name(text)),
            Condition::Status(status) => EntryTest::Status(*status),
            Condition::Kind(kind) => EntryTest::Kind(*kind),
            Condition::Duration(operator, nanos) => EntryTest::Duration(*operator, *nanos),
            Condition::SpanId(id) => EntryTest::Id(*id),
            Condition::Attribute(key, text) => {
                let number = self.attributes.len();
                return self.attributes.push(AttributeTest::new(number, negated, (key, text), index));
            }
            of_trace => {
                let test = match of_trace {
                    Condition::TraceId(id) => TraceTest::Id(*id),
                    Condition::TraceDuration(operator, nanos) => TraceTest::Duration(*operator, *nanos),
                    Condition::TraceSpans(operator, count) => TraceTest::Spans(*operator, *count),
                    Condition::TraceErrors(operator, count) => TraceTest::Errors(*operator, *count),
                    Condition::TraceService(text) => TraceTest::Service(service(text)),
                    Condition::RootService(text) => TraceTest::RootService(service(text)),
                    Condition::RootName(text) => TraceTest::RootName(name(text)),
                    _ => return,
                };
                return self.on_trace.push((negated, test));
            }
        };
        self.on_entry.push((negated, on_entry));
    }

    pub(crate) fn attributes(&self) -> &[AttributeTest] {
        &self.attributes
    }

    /// Whether no trace at all can match.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.attributes.iter().any(AttributeTest::is_hopeless)
            || self.on_entry.iter().any(|(negated, test)| !negated && test.is_hopeless())
            || self.on_trace.iter().any(|(negated, test)| !negated && test.is_hopeless())
    }

    /// What the index says of a trace. Columns are asked through sieves or, for a few traces, not at
    /// all: for those they are not worth it.
    pub(crate) fn decide(
        &self,
        (slot, id): (Slot, TraceId),
        trace: &TraceEntry,
        asked: Asked<'_>,
    ) -> Verdict {
        let may_fit = self.is_in_time(&trace.digest)
            && self.on_entry.iter().all(|(negated, test)| *negated || test.may_hold(trace))
            && self.on_trace.iter().all(|(negated, test)| *negated != test.holds(id, trace));
        if !may_fit {
            return Verdict::No;
        }
        let spans = self.with_attributes(slot, trace, asked);
        if self.fitting(trace, spans).next().is_none() {
            Verdict::No
        } else if self.attributes.is_empty() {
            Verdict::Yes
        } else {
            Verdict::Look(spans)
        }
    }

    /// Those of some spans that fit as far as the index tells.
    pub(crate) fn fitting<'t>(
        &'t self,
        trace: &'t TraceEntry,
        spans: Spans,
    ) -> impl Iterator<Item = &'t SpanEntry> {
        let entries = if spans.is_none() { &[] } else { trace.spans.as_slice() };
        let marked = entries.iter().enumerate().filter(move |(place, _)| spans.contains(*place));
        marked.map(|(_, entry)| entry).filter(|entry| {
            self.on_entry.iter().all(|(negated, test)| *negated != test.holds(entry, trace, &self.hasher))
        })
    }

    /// The spans of which the attributes may fit.
    fn with_attributes(&self, slot: Slot, trace: &TraceEntry, mut asked: Asked<'_>) -> Spans {
        let mut spans = Spans::first(trace.spans.len());
        for test in &self.attributes {
            let asked = asked.as_mut().map(|(sieves, index)| (&mut **sieves, *index));
            spans = test.fitting(spans, (slot, trace), asked);
            if spans.is_none() {
                break;
            }
        }
        spans
    }

    fn is_in_time(&self, digest: &Digest) -> bool {
        let (start, _) = digest.extent();
        self.from <= start && start <= self.to
    }
}

impl TraceTest {
    fn is_hopeless(&self) -> bool {
        match self {
            Self::Service(names) | Self::RootService(names) | Self::RootName(names) => names.is_empty(),
            Self::Id(_) | Self::Duration(..) | Self::Spans(..) | Self::Errors(..) => false,
        }
    }

    fn holds(&self, id: TraceId, trace: &TraceEntry) -> bool {
        let digest = &trace.digest;
        match self {
            Self::Id(wanted) => id == *wanted,
            Self::Duration(operator, nanos) => {
                let (start, end) = digest.extent();
                operator.of_order(end.since(start).cmp(nanos))
            }
            Self::Spans(operator, count) => operator.of_order((trace.spans.len() as u64).cmp(count)),
            Self::Errors(operator, count) => operator.of_order(u64::from(digest.errors).cmp(count)),
            Self::Service(names) => {
                digest.services & names.bits != 0
                    && trace.spans.iter().any(|span| names.contains(span.service))
            }
            Self::RootService(names) => {
                digest.services & names.bits != 0
                    && root(trace).is_some_and(|span| names.contains(span.service))
            }
            Self::RootName(names) => {
                digest.names & names.bits != 0 && root(trace).is_some_and(|span| names.contains(span.name))
            }
        }
    }
}

impl EntryTest {
    fn is_hopeless(&self) -> bool {
        match self {
            Self::Service(names)
            | Self::Name(names)
            | Self::ParentService(names)
            | Self::ParentName(names) => names.is_empty(),
            Self::Status(_) | Self::Kind(_) | Self::Duration(..) | Self::Id(_) => false,
        }
    }

    /// Whether it may hold of a span of a trace.
    fn may_hold(&self, trace: &TraceEntry) -> bool {
        let digest = &trace.digest;
        match self {
            Self::Service(names) => digest.services & names.bits != 0,
            Self::Name(names) => digest.names & names.bits != 0,
            Self::ParentService(names) => {
                digest.services & names.bits != 0
                    && may_have_child(trace, |span| names.contains(span.service))
            }
            Self::ParentName(names) => {
                digest.names & names.bits != 0 && may_have_child(trace, |span| names.contains(span.name))
            }
            Self::Status(status) => digest.may_have_status(*status),
            Self::Kind(kind) => digest.may_have_kind(*kind),
            Self::Duration(Operator::Greater | Operator::GreaterOrEqual | Operator::Is, nanos) => {
                digest.longest >= *nanos
            }
            Self::Duration(..) | Self::Id(_) => true,
        }
    }

    fn holds(&self, entry: &SpanEntry, trace: &TraceEntry, hasher: &RandomState) -> bool {
        let parent = || trace.parent_of(entry, hasher);
        match self {
            Self::Service(names) => names.contains(entry.service),
            Self::Name(names) => names.contains(entry.name),
            Self::ParentService(names) => parent().is_some_and(|span| names.contains(span.service)),
            Self::ParentName(names) => parent().is_some_and(|span| names.contains(span.name)),
            Self::Status(status) => entry.status == *status,
            Self::Kind(kind) => entry.kind == *kind,
            Self::Duration(operator, nanos) => operator.of_order(entry.end.since(entry.start).cmp(nanos)),
            Self::Id(id) => entry.id == *id,
        }
    }
}

/// Whether one of some spans has another below it. Not looked at in large traces.
fn may_have_child(trace: &TraceEntry, is_one: impl Fn(&SpanEntry) -> bool) -> bool {
    const LARGE: usize = 64;
    let names = |id: SpanId| trace.spans.iter().any(|span| span.parent == *id.as_bytes());
    trace.spans.len() > LARGE || trace.spans.iter().filter(|span| is_one(span)).any(|span| names(span.id))
}
