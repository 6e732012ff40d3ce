//! Plan of a query for one state of the index: names become sets of ids, and attributes become tokens.

use foldhash::fast::RandomState;
use trace_model::{Nanos, SpanId, SpanKind, StatusCode, TraceId};

use super::{
    attribute_condition::{AttributeCondition, Scans},
    column_scan::ColumnScans,
    shown_tag::ShownTag,
};
use crate::{
    attributes::SpanMask,
    index::{Digest, Index, NameSet, Names, SpanEntry, TraceEntry},
    query::{Condition, Operator, Query, ValuePredicate},
    trace_slot::TraceSlot,
};

/// Decision of the index about a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    Rejected,
    Matched,
    /// One of these spans may match, which only its stored bytes can tell.
    Undecided(SpanMask),
}

/// The conditions of a query, prepared for one state of the index. The flags are set for negated conditions.
pub(super) struct Plan {
    on_trace: Vec<(bool, TraceCondition)>,
    on_span: Vec<(bool, SpanCondition)>,
    attributes: Vec<AttributeCondition>,
    from: Nanos,
    to: Nanos,
    hasher: RandomState,
}

/// A condition on a trace.
enum TraceCondition {
    Id(TraceId),
    Duration(Operator, u64),
    SpanCount(Operator, u64),
    ErrorCount(Operator, u64),
    Service(NameSet),
    RootService(NameSet),
    RootName(NameSet),
}

/// A condition on a span that its index entry decides.
enum SpanCondition {
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
    pub(super) fn new(query: &Query, index: &Index) -> Self {
        let mut plan = Self {
            on_trace: Vec::new(),
            on_span: Vec::new(),
            attributes: Vec::new(),
            from: query.from,
            to: query.to,
            hasher: index.hasher.clone(),
        };
        for term in &query.terms {
            plan.add(term.negated, &term.condition, index);
        }
        plan.attributes.sort_by_key(AttributeCondition::rank);
        plan
    }

    /// Evaluates first, among the conditions that need the columns, those that let the fewest traces through so far.
    pub(super) fn order_by_selectivity(&mut self, column_scans: &ColumnScans) {
        self.attributes.sort_by_key(|condition| condition.selectivity(column_scans));
    }

    fn add(&mut self, negated: bool, condition: &Condition, index: &Index) {
        let set = |names: &Names, predicate: &ValuePredicate| names.matching(|name| predicate.matches(name));
        let service = |predicate: &ValuePredicate| set(&index.services, predicate);
        let name = |predicate: &ValuePredicate| set(&index.operations, predicate);
        let on_span = match condition {
            Condition::Service(predicate) => SpanCondition::Service(service(predicate)),
            Condition::Name(predicate) => SpanCondition::Name(name(predicate)),
            Condition::ParentService(predicate) => SpanCondition::ParentService(service(predicate)),
            Condition::ParentName(predicate) => SpanCondition::ParentName(name(predicate)),
            Condition::Status(status) => SpanCondition::Status(*status),
            Condition::Kind(kind) => SpanCondition::Kind(*kind),
            Condition::Duration(operator, nanos) => SpanCondition::Duration(*operator, *nanos),
            Condition::SpanId(id) => SpanCondition::Id(*id),
            Condition::Attribute(key, predicate) | Condition::JaegerTag(key, predicate) => {
                let number = self.attributes.len();
                let mut planned = AttributeCondition::new(number, negated, (key, predicate), index);
                if matches!(condition, Condition::JaegerTag(..)) {
                    planned.shown = Some(ShownTag::new(key, predicate));
                }
                return self.attributes.push(planned);
            }
            on_trace => {
                let planned = match on_trace {
                    Condition::TraceId(id) => TraceCondition::Id(*id),
                    Condition::TraceDuration(operator, nanos) => TraceCondition::Duration(*operator, *nanos),
                    Condition::TraceSpans(operator, count) => TraceCondition::SpanCount(*operator, *count),
                    Condition::TraceErrors(operator, count) => TraceCondition::ErrorCount(*operator, *count),
                    Condition::TraceService(predicate) => TraceCondition::Service(service(predicate)),
                    Condition::RootService(predicate) => TraceCondition::RootService(service(predicate)),
                    Condition::RootName(predicate) => TraceCondition::RootName(name(predicate)),
                    _ => return,
                };
                return self.on_trace.push((negated, planned));
            }
        };
        self.on_span.push((negated, on_span));
    }

    pub(super) fn attributes(&self) -> &[AttributeCondition] {
        &self.attributes
    }

    /// Whether no trace can match.
    pub(super) fn matches_nothing(&self) -> bool {
        self.attributes.iter().any(AttributeCondition::matches_nothing)
            || self.on_span.iter().any(|(negated, condition)| !negated && condition.matches_nothing())
            || self.on_trace.iter().any(|(negated, condition)| !negated && condition.matches_nothing())
    }

    /// Decides about a trace as far as the index can. Without `column_scans` the columns are left out: for a few traces,
    /// a scan is not worth it.
    pub(super) fn decide(
        &self,
        (slot, id): (TraceSlot, TraceId),
        trace: &TraceEntry,
        column_scans: Scans<'_>,
    ) -> Decision {
        let may_match = self.is_in_time(&trace.digest)
            && self.on_span.iter().all(|(negated, condition)| *negated || condition.may_match(trace))
            && self.on_trace.iter().all(|(negated, condition)| *negated != condition.matches(id, trace));
        if !may_match {
            return Decision::Rejected;
        }
        let spans = self.by_attributes(slot, trace, column_scans);
        if self.candidates(trace, spans).next().is_none() {
            Decision::Rejected
        } else if self.attributes.is_empty() {
            Decision::Matched
        } else {
            Decision::Undecided(spans)
        }
    }

    /// Those of the given spans whose index entries match.
    pub(super) fn candidates<'t>(
        &'t self,
        trace: &'t TraceEntry,
        spans: SpanMask,
    ) -> impl Iterator<Item = &'t SpanEntry> {
        let entries = if spans.is_empty() { &[] } else { trace.spans.as_slice() };
        let selected = entries.iter().enumerate().filter(move |(position, _)| spans.contains(*position));
        selected.map(|(_, entry)| entry).filter(|entry| {
            self.on_span
                .iter()
                .all(|(negated, condition)| *negated != condition.matches(entry, trace, &self.hasher))
        })
    }

    /// The spans whose attributes may match.
    fn by_attributes(&self, slot: TraceSlot, trace: &TraceEntry, mut column_scans: Scans<'_>) -> SpanMask {
        let mut spans = SpanMask::first(trace.spans.len());
        for condition in &self.attributes {
            let column_scans =
                column_scans.as_mut().map(|(column_scans, index)| (&mut **column_scans, *index));
            spans = condition.candidates(spans, (slot, trace), column_scans);
            if spans.is_empty() {
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

impl TraceCondition {
    fn matches_nothing(&self) -> bool {
        match self {
            Self::Service(names) | Self::RootService(names) | Self::RootName(names) => names.is_empty(),
            Self::Id(_) | Self::Duration(..) | Self::SpanCount(..) | Self::ErrorCount(..) => false,
        }
    }

    fn matches(&self, id: TraceId, trace: &TraceEntry) -> bool {
        let digest = &trace.digest;
        match self {
            Self::Id(wanted) => id == *wanted,
            Self::Duration(operator, nanos) => {
                let (start, end) = digest.extent();
                operator.matches_ordering(end.since(start).cmp(nanos))
            }
            Self::SpanCount(operator, count) => {
                operator.matches_ordering((trace.spans.len() as u64).cmp(count))
            }
            Self::ErrorCount(operator, count) => {
                operator.matches_ordering(u64::from(digest.errors).cmp(count))
            }
            Self::Service(names) => {
                digest.services & names.bits != 0
                    && trace.spans.iter().any(|span| names.contains(span.service))
            }
            Self::RootService(names) => {
                digest.services & names.bits != 0
                    && trace.root().is_some_and(|span| names.contains(span.service))
            }
            Self::RootName(names) => {
                digest.names & names.bits != 0 && trace.root().is_some_and(|span| names.contains(span.name))
            }
        }
    }
}

impl SpanCondition {
    fn matches_nothing(&self) -> bool {
        match self {
            Self::Service(names)
            | Self::Name(names)
            | Self::ParentService(names)
            | Self::ParentName(names) => names.is_empty(),
            Self::Status(_) | Self::Kind(_) | Self::Duration(..) | Self::Id(_) => false,
        }
    }

    /// Whether it may match a span of the trace.
    fn may_match(&self, trace: &TraceEntry) -> bool {
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
            Self::Duration(Operator::Greater | Operator::GreaterOrEqual | Operator::Equal, nanos) => {
                digest.max_duration >= *nanos
            }
            Self::Duration(..) | Self::Id(_) => true,
        }
    }

    fn matches(&self, entry: &SpanEntry, trace: &TraceEntry, hasher: &RandomState) -> bool {
        let parent = || trace.parent_of(entry, hasher);
        match self {
            Self::Service(names) => names.contains(entry.service),
            Self::Name(names) => names.contains(entry.name),
            Self::ParentService(names) => parent().is_some_and(|span| names.contains(span.service)),
            Self::ParentName(names) => parent().is_some_and(|span| names.contains(span.name)),
            Self::Status(status) => entry.status == *status,
            Self::Kind(kind) => entry.kind == *kind,
            Self::Duration(operator, nanos) => operator.matches_ordering(entry.duration().cmp(nanos)),
            Self::Id(id) => entry.id == *id,
        }
    }
}

/// Whether one of the spans that `is_parent` selects may have a child. True for large traces, without a check.
fn may_have_child(trace: &TraceEntry, is_parent: impl Fn(&SpanEntry) -> bool) -> bool {
    const LARGE: usize = 64;
    let has_child = |id: SpanId| trace.spans.iter().any(|span| span.parent == *id.as_bytes());
    trace.spans.len() > LARGE
        || trace.spans.iter().filter(|span| is_parent(span)).any(|span| has_child(span.id))
}
