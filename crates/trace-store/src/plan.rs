//! A query made ready for one state of the index: names are sets of ids, attributes are tokens.

use foldhash::fast::RandomState;
use trace_model::{Nanos, SpanId, SpanKind, StatusCode, TraceId};

use crate::{
    index::{Index, SpanEntry, TraceEntry},
    names::{NameSet, Names},
    query::{Condition, Operator, Query, Text},
    summary::{extent, root},
    tokens::{Candidates, tokens_of_text},
};

/// What the index can say about a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    No,
    Yes,
    /// Only its bytes can tell.
    Look,
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

pub(crate) struct AttributeTest {
    pub(crate) negated: bool,
    pub(crate) key: String,
    pub(crate) text: Text,
    candidates: Candidates,
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
        plan
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
                let candidates = candidates(index, key, text);
                return self.attributes.push(AttributeTest {
                    negated,
                    key: key.clone(),
                    text: text.clone(),
                    candidates,
                });
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

    pub(crate) fn decide(&self, id: TraceId, trace: &TraceEntry) -> Verdict {
        let tokens_fit =
            self.attributes.iter().all(|test| test.negated || test.candidates.may_be_in(&trace.tokens));
        let fits = tokens_fit
            && self.is_in_time(trace)
            && self.on_trace.iter().all(|(negated, test)| *negated != test.holds(id, trace))
            && trace.spans.iter().any(|entry| self.entry_fits(entry, trace));
        match fits {
            false => Verdict::No,
            true if self.attributes.is_empty() => Verdict::Yes,
            true => Verdict::Look,
        }
    }

    fn is_in_time(&self, trace: &TraceEntry) -> bool {
        if self.from.is_unset() && self.to == Nanos::MAX {
            return true;
        }
        let (start, _) = times(trace);
        self.from <= start && start <= self.to
    }

    /// Whether a span fits as far as its entry tells.
    pub(crate) fn entry_fits(&self, entry: &SpanEntry, trace: &TraceEntry) -> bool {
        self.on_entry.iter().all(|(negated, test)| *negated != test.holds(entry, trace, &self.hasher))
    }
}

fn times(trace: &TraceEntry) -> (Nanos, Nanos) {
    extent(trace.spans.iter().map(|span| (span.start, span.end)))
}

impl TraceTest {
    fn holds(&self, id: TraceId, trace: &TraceEntry) -> bool {
        match self {
            Self::Id(wanted) => id == *wanted,
            Self::Duration(operator, nanos) => {
                let (start, end) = times(trace);
                operator.of_order(end.since(start).cmp(nanos))
            }
            Self::Spans(operator, count) => operator.of_order((trace.spans.len() as u64).cmp(count)),
            Self::Errors(operator, count) => {
                let errors = trace.spans.iter().filter(|span| span.status == StatusCode::Error).count();
                operator.of_order((errors as u64).cmp(count))
            }
            Self::Service(names) => trace.spans.iter().any(|span| names.contains(span.service)),
            Self::RootService(names) => root(trace).is_some_and(|span| names.contains(span.service)),
            Self::RootName(names) => root(trace).is_some_and(|span| names.contains(span.name)),
        }
    }
}

impl EntryTest {
    fn holds(&self, entry: &SpanEntry, trace: &TraceEntry, hasher: &RandomState) -> bool {
        match self {
            Self::Service(names) => names.contains(entry.service),
            Self::Name(names) => names.contains(entry.name),
            Self::ParentService(names) => {
                trace.parent_of(entry, hasher).is_some_and(|span| names.contains(span.service))
            }
            Self::ParentName(names) => {
                trace.parent_of(entry, hasher).is_some_and(|span| names.contains(span.name))
            }
            Self::Status(status) => entry.status == *status,
            Self::Kind(kind) => entry.kind == *kind,
            Self::Duration(operator, nanos) => operator.of_order(entry.end.since(entry.start).cmp(nanos)),
            Self::Id(id) => entry.id == *id,
        }
    }
}

fn candidates(index: &Index, key: &str, text: &Text) -> Candidates {
    let known = index.dictionary.candidates(key, text);
    match (known, text.exact()) {
        // The dictionary does not know all values, but the text itself can be hashed.
        (Candidates::Any, Some(wanted)) => Candidates::Exactly(tokens_of_text(key, wanted)),
        (known, _) => known,
    }
}
