//! Finding traces: what can be decided by the index first, and only what is left by looking at bytes.

use std::{collections::HashSet, sync::Arc};

use foldhash::fast::RandomState;
use trace_model::{Origin, Span, TraceId};

use crate::{
    index::{Index, SpanEntry, TraceEntry},
    names::NameId,
    query::{Operator, Query, Term, comparable},
    stored::StoredTrace,
    summary::extent,
    tokens::{Candidates, tokens_of_text},
};

/// A query made ready for one state of the index: names are ids, attributes are tokens.
pub(crate) struct Plan {
    on_entries: Vec<EntryTerm>,
    on_tokens: Vec<Candidates>,
    attributes: Vec<(String, Operator, String)>,
    query: Query,
}

enum EntryTerm {
    Service(HashSet<NameId, RandomState>),
    Name(HashSet<NameId, RandomState>),
    Other(Term),
}

impl Plan {
    pub(crate) fn new(query: &Query, index: &Index) -> Self {
        let mut plan = Self {
            on_entries: Vec::new(),
            on_tokens: Vec::new(),
            attributes: Vec::new(),
            query: query.clone(),
        };
        for term in &query.terms {
            match term {
                Term::Service(operator, wanted) => plan
                    .on_entries
                    .push(EntryTerm::Service(index.services.matching(|name| operator.of_text(name, wanted)))),
                Term::Name(operator, wanted) => plan
                    .on_entries
                    .push(EntryTerm::Name(index.operations.matching(|name| operator.of_text(name, wanted)))),
                Term::Attribute(key, operator, wanted) => {
                    plan.on_tokens.push(candidates(index, key, *operator, wanted));
                    plan.attributes.push((key.clone(), *operator, wanted.clone()));
                }
                other => plan.on_entries.push(EntryTerm::Other(other.clone())),
            }
        }
        plan
    }

    /// Whether a trace may match; with attributes, only its bytes can tell for sure.
    pub(crate) fn may_match(&self, trace: &TraceEntry) -> bool {
        let has = |token| trace.tokens.binary_search(&token).is_ok();
        let tokens_fit = self.on_tokens.iter().all(|candidates| match candidates {
            Candidates::Any => true,
            Candidates::Exactly(few) if few.len() <= trace.tokens.len() => {
                few.iter().any(|token| has(*token))
            }
            Candidates::Exactly(many) => trace.tokens.iter().any(|token| many.contains(token)),
        });
        tokens_fit && self.is_in_time(trace) && trace.spans.iter().any(|entry| self.entry_matches(entry))
    }

    pub(crate) fn needs_bytes(&self) -> bool {
        !self.attributes.is_empty()
    }

    fn is_in_time(&self, trace: &TraceEntry) -> bool {
        if self.query.from.is_unset() && self.query.to == trace_model::Nanos::MAX {
            return true;
        }
        let (start, _) = extent(trace.spans.iter().map(|span| (span.start, span.end)));
        self.query.from <= start && start <= self.query.to
    }

    fn entry_matches(&self, entry: &SpanEntry) -> bool {
        self.on_entries.iter().all(|term| match term {
            EntryTerm::Service(ids) => ids.contains(&entry.service),
            EntryTerm::Name(ids) => ids.contains(&entry.name),
            EntryTerm::Other(Term::Status(operator, status)) => {
                (entry.status == *status) == (*operator == Operator::Is)
            }
            EntryTerm::Other(Term::Kind(operator, kind)) => {
                (entry.kind == *kind) == (*operator == Operator::Is)
            }
            EntryTerm::Other(Term::Duration(operator, nanos)) => {
                operator.of_order(entry.end.since(entry.start).cmp(nanos))
            }
            EntryTerm::Other(_) => true,
        })
    }

    /// Whether a span of the trace has it all.
    pub(crate) fn matches(&self, trace: &StoredTrace) -> bool {
        trace.spans().iter().any(|(origin, span)| self.span_matches(origin, span))
    }

    fn span_matches(&self, origin: &Origin<'_>, span: &Span<'_>) -> bool {
        let attributes_fit = self.attributes.iter().all(|(key, operator, wanted)| {
            let all = span.attributes().chain(origin.resource.attributes());
            all.filter(|attribute| attribute.key == *key)
                .filter_map(|attribute| comparable(&attribute.value))
                .any(|text| operator.of_text(&text, wanted))
        });
        attributes_fit
            && self.query.terms.iter().all(|term| match term {
                Term::Service(operator, wanted) => operator.of_text(&origin.resource.service_name(), wanted),
                Term::Name(operator, wanted) => operator.of_text(&span.name, wanted),
                Term::Status(operator, status) => {
                    (span.status.code == *status) == (*operator == Operator::Is)
                }
                Term::Kind(operator, kind) => (span.kind == *kind) == (*operator == Operator::Is),
                Term::Duration(operator, nanos) => operator.of_order(span.duration().cmp(nanos)),
                Term::Attribute(..) => true,
            })
    }
}

fn candidates(index: &Index, key: &str, operator: Operator, wanted: &str) -> Candidates {
    let known = index.dictionary.candidates(key, |text| operator.of_text(text, wanted));
    match (known, operator) {
        // The dictionary does not know all values, but the text itself can be hashed.
        (Candidates::Any, Operator::Is) => Candidates::Exactly(tokens_of_text(key, wanted)),
        (known, _) => known,
    }
}

/// What a search found.
#[derive(Debug, Default)]
pub struct Found {
    pub traces: Vec<Arc<crate::Summary>>,
    /// There may be more: the search stopped at one of its bounds.
    pub more: bool,
}

/// The traces that may match, newest first, at most `limit`.
pub(crate) fn shortlist(index: &Index, plan: &Plan, limit: usize) -> Vec<TraceId> {
    let traces = index.newest().filter(|id| index.traces.get(id).is_some_and(|trace| plan.may_match(trace)));
    traces.take(limit).collect()
}
