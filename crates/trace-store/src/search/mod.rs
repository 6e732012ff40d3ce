//! Search for traces: decided by the index where possible, and otherwise on the stored bytes of spans.
//!
//! A search goes from the newest trace to older ones, in rounds. Each round evaluates the [`plan`] under the index's
//! lock and returns candidates. Those that only their bytes can decide are read without the lock. The search ends at
//! the requested number of traces, at the oldest trace, or at its read limit; then it returns a cursor to continue
//! from.
//!
//! Layers, the lowest first: `column_scan`, `shown_tag`, `attribute_condition`, `plan`, and [`Search`] here. [`crate::query`] lists the
//! forms that a condition takes on the way.

mod attribute_condition;
mod column_scan;
mod plan;
mod shown_tag;

use std::sync::Arc;

use trace_model::{Attribute, Nanos, Origin, TraceId, wire::Reader};

use crate::{
    index::{Cursor, Index, Newest, TraceSummary},
    query::{Condition, Query},
    read::{BodyCache, LocatedTrace},
    storage::ChunkId,
};
use attribute_condition::AttributeCondition;
use column_scan::ColumnScans;
use plan::{Decision, Plan};

/// Bytes of spans that a search reads, column scans included at their cost: about 20 ms.
const MAX_READ: usize = 16 << 20;
/// Traces that a round visits before it releases the lock.
const ROUND: usize = 8_192;
/// Candidates of a round that only their bytes can decide.
const MAX_UNDECIDED: usize = 128;

/// Result of a search.
#[derive(Debug, Default)]
pub struct SearchPage {
    /// The matching traces, the newest first.
    pub traces: Vec<Arc<TraceSummary>>,
    /// The search stopped at one of its limits: older traces may match.
    pub has_more: bool,
    /// Where to continue, if there may be more.
    pub next: Option<Cursor>,
    /// Start of the first trace that was not searched, if there may be more.
    pub next_start: Option<Nanos>,
    /// Number of traces that were searched.
    pub searched: u64,
}

/// A trace that may match, and the position after it.
struct Candidate {
    id: TraceId,
    after: Cursor,
    /// The spans whose bytes decide. `None` when the index was certain.
    undecided: Option<LocatedTrace>,
}

/// Result of one pass over the index under its lock.
#[derive(Default)]
struct Round {
    candidates: Vec<Candidate>,
    searched: usize,
    /// Where to continue. `None` at the oldest trace.
    next: Option<Cursor>,
}

pub(crate) struct Search<'q> {
    query: &'q Query,
    limit: usize,
    /// Bytes read.
    read: usize,
    scans: ColumnScans,
    cache: BodyCache,
    next: Option<Cursor>,
    page: SearchPage,
}

impl<'q> Search<'q> {
    pub(crate) fn new(query: &'q Query, limit: usize, from: Option<Cursor>) -> Self {
        let begin = from.map_or(ChunkId(u64::MAX), |cursor| cursor.chunk);
        let on_attributes = query
            .terms
            .iter()
            .filter(|term| matches!(term.condition, Condition::Attribute(..) | Condition::JaegerTag(..)));
        let negated = on_attributes.map(|term| term.negated);
        Self {
            query,
            limit,
            read: 0,
            scans: ColumnScans::new(negated, begin),
            cache: BodyCache::default(),
            next: from,
            page: SearchPage::default(),
        }
    }

    /// Runs one round. Returns false when the search has ended. `lock` locks the index.
    pub(crate) fn advance<L: std::ops::DerefMut<Target = Index>>(&mut self, lock: impl Fn() -> L) -> bool {
        let (plan, round) = {
            let index = lock();
            let mut plan = Plan::new(self.query, &index);
            plan.order_by_selectivity(&self.scans);
            let round = self.round(&index, &plan);
            (plan, round)
        };
        self.page.searched += round.searched as u64;
        for candidate in round.candidates {
            let matches =
                candidate.undecided.as_ref().is_none_or(|spans| self.any_matches(spans, plan.attributes()));
            if matches && self.page.traces.len() == self.limit {
                return self.stop(self.next); // one more than requested
            }
            if matches {
                self.page.traces.extend(lock().summary(candidate.id));
            }
            self.next = Some(candidate.after);
            if self.read >= MAX_READ {
                return self.stop(self.next);
            }
        }
        self.next = round.next;
        if self.next.is_some() && self.read >= MAX_READ {
            return self.stop(self.next);
        }
        self.next.is_some()
    }

    /// The result of the search that has ended.
    pub(crate) fn finish(mut self, index: &Index) -> SearchPage {
        let next = self.page.next.and_then(|next| index.newest_from(Some(next)).next());
        self.page.next_start = next.map(|next| next.trace.digest.extent().0);
        self.page
    }

    /// Whether a span satisfies all conditions on attributes. Reads and decodes spans.
    fn any_matches(&mut self, spans: &LocatedTrace, conditions: &[AttributeCondition]) -> bool {
        let mut read = 0;
        let found = spans.any(&mut self.cache, |origin, span| {
            read += span.len();
            conditions.iter().all(|condition| matches(condition, span, origin))
        });
        // Decompressing a byte is several times cheaper than decoding one.
        self.read += read + self.cache.take_decompressed() / 8;
        found
    }

    fn stop(&mut self, at: Option<Cursor>) -> bool {
        self.page.has_more = true;
        self.page.next = at;
        false
    }

    fn round(&mut self, index: &Index, plan: &Plan) -> Round {
        let mut round = Round::default();
        if plan.matches_nothing() {
            return round;
        }
        // One more than requested tells whether there are more.
        let wanted = (self.limit - self.page.traces.len()).saturating_add(1);
        let mut undecided = 0;
        self.scans.begin_round(index);
        for Newest { slot, id, trace, after } in index.newest_from(self.next) {
            round.searched += 1;
            round.next = Some(after);
            let decision = plan.decide((slot, id), trace, Some((&mut self.scans, index)));
            self.scans.pass(slot);
            match decision {
                Decision::Rejected => {}
                Decision::Matched => round.candidates.push(Candidate { id, after, undecided: None }),
                Decision::Undecided(spans) => {
                    let spans = LocatedTrace::new(id, trace, plan.candidates(trace, spans), &index.chunks);
                    round.candidates.push(Candidate { id, after, undecided: Some(spans) });
                    undecided += 1;
                }
            }
            if round.candidates.len() - undecided >= wanted
                || undecided == MAX_UNDECIDED
                || round.searched == ROUND
            {
                self.read += self.scans.take_cost();
                return round;
            }
        }
        self.read += self.scans.take_cost();
        round.next = None;
        round
    }
}

/// Those of the given traces that match. There is no read limit, because callers pass few traces.
pub(crate) fn matching<L: std::ops::DerefMut<Target = Index>>(
    query: &Query,
    ids: impl Iterator<Item = TraceId>,
    lock: impl Fn() -> L,
) -> Vec<TraceId> {
    let mut candidates = Vec::new();
    let plan = {
        let index = lock();
        let plan = Plan::new(query, &index);
        for id in ids {
            let Some((slot, trace)) = index.traces.find(&id).filter(|(_, trace)| !trace.spans.is_empty())
            else {
                continue;
            };
            match plan.decide((slot, id), trace, None) {
                Decision::Rejected => {}
                Decision::Matched => candidates.push((id, None)),
                Decision::Undecided(spans) => {
                    let spans = LocatedTrace::new(id, trace, plan.candidates(trace, spans), &index.chunks);
                    candidates.push((id, Some(spans)));
                }
            }
        }
        plan
    };
    let mut search = Search::new(query, 0, None);
    let matches = |(id, spans): (TraceId, Option<LocatedTrace>)| {
        spans.as_ref().is_none_or(|spans| search.any_matches(spans, plan.attributes())).then_some(id)
    };
    candidates.into_iter().filter_map(matches).collect()
}

/// Whether an encoded span satisfies a condition, by its own attributes or those of its resource.
fn matches(condition: &AttributeCondition, span: &[u8], origin: &Origin<'_>) -> bool {
    let own = Reader::new(span).map_while(Result::ok).filter(|field| field.number == 9);
    let own = own.filter_map(|field| field.bytes().ok());
    let has_value = |key_value: &[u8]| {
        may_have_key(key_value, condition.key.as_bytes()) && {
            let attribute = Attribute::decode(key_value);
            attribute.key == condition.key && condition.predicate.matches_value(&attribute.value)
        }
    };
    let is_shown = || {
        condition.shown.is_some() && shown_tag::is_shown(&condition.key, &condition.predicate, span, origin)
    };
    condition.negated != (own.chain(origin.resource.raw_attributes()).any(has_value) || is_shown())
}

/// Whether a `KeyValue` may have a key. Decided without decoding if the key comes first, as every encoder writes it.
fn may_have_key(key_value: &[u8], key: &[u8]) -> bool {
    match key_value {
        [0x0a, len @ 0..0x80, rest @ ..] => rest.get(..usize::from(*len)) == Some(key),
        _ => true,
    }
}
