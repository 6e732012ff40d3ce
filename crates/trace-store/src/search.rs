//! Finding traces: what can be decided by the index first, and only what is left by looking at bytes.
//!
//! A search goes from the newest trace to older ones, in rounds: each looks at the index under its lock and comes back
//! with candidates; those that only their bytes can decide are read without the lock. It stops at what was asked for, at
//! the oldest trace, or when it has read as much as it may; then it says where to go on.

use std::{fmt, str::FromStr, sync::Arc};

use trace_model::{Attribute, Nanos, Resource, TraceId, wire::Reader};

use crate::{
    chunk::ChunkId,
    index::{Index, Newest},
    load::BodyCache,
    plan::{AttributeTest, Plan, Verdict},
    query::{Condition, Query},
    sieve::Sieves,
    stored::LocatedTrace,
    summary::Summary,
};

/// How many bytes of spans a search reads before it says that there may be more, with what takes as long: some 20 ms.
const MAX_READ: usize = 16 << 20;
/// How many traces a round looks at before it lets go of the lock.
const ROUND: usize = 8_192;
/// How many traces of a round are left to be decided by their bytes.
const MAX_UNDECIDED: usize = 128;

/// A place in the order of arrival, from where a search goes on to older traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) chunk: ChunkId,
    /// How many traces of the chunk are still to come.
    pub(crate) left: usize,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.chunk.0, self.left)
    }
}

impl FromStr for Cursor {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (chunk, left) = text.split_once('-').unwrap_or((text, ""));
        Ok(Self { chunk: ChunkId(chunk.parse()?), left: left.parse()? })
    }
}

/// What a search found.
#[derive(Debug, Default)]
pub struct Found {
    pub traces: Vec<Arc<Summary>>,
    /// There may be more: the search stopped at one of its bounds.
    pub more: bool,
    /// Where to go on, when there may be more.
    pub older: Option<Cursor>,
    /// When the first trace begins that is still to be looked at, when there may be more.
    pub reached: Option<Nanos>,
    /// How many traces were looked at.
    pub searched: u64,
}

/// One trace that may match, and where to go on after it.
struct Candidate {
    id: TraceId,
    after: Cursor,
    /// The spans of which the bytes have to tell; None when the index was sure.
    undecided: Option<LocatedTrace>,
}

/// What one look at the index came to.
#[derive(Default)]
struct Round {
    candidates: Vec<Candidate>,
    searched: usize,
    /// Where to go on; None at the end.
    next: Option<Cursor>,
}

pub(crate) struct Search<'q> {
    query: &'q Query,
    limit: usize,
    /// Bytes.
    read: usize,
    pub(crate) sieves: Sieves,
    cache: BodyCache,
    next: Option<Cursor>,
    found: Found,
}

impl<'q> Search<'q> {
    pub(crate) fn new(query: &'q Query, limit: usize, from: Option<Cursor>) -> Self {
        let begin = from.map_or(ChunkId(u64::MAX), |cursor| cursor.chunk);
        let of_attributes =
            query.terms.iter().filter(|term| matches!(term.condition, Condition::Attribute(..)));
        let negated = of_attributes.map(|term| term.negated);
        Self {
            query,
            limit,
            read: 0,
            sieves: Sieves::new(negated, begin),
            cache: BodyCache::default(),
            next: from,
            found: Found::default(),
        }
    }

    /// One round; false when the search is at its end. `lock` lends the index.
    pub(crate) fn go_on<L: std::ops::DerefMut<Target = Index>>(&mut self, lock: impl Fn() -> L) -> bool {
        let (plan, round) = {
            let index = lock();
            let mut plan = Plan::new(self.query, &index);
            plan.learn_from(&self.sieves);
            let round = self.round(&index, &plan);
            (plan, round)
        };
        self.found.searched += round.searched as u64;
        for candidate in round.candidates {
            let fits =
                candidate.undecided.as_ref().is_none_or(|spans| self.matches(spans, plan.attributes()));
            if fits && self.found.traces.len() == self.limit {
                return self.stop(self.next); // one more than was asked for
            }
            if fits {
                self.found.traces.extend(crate::store::summary(&mut lock(), candidate.id));
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

    /// What was found, at the end.
    pub(crate) fn finish(mut self, index: &Index) -> Found {
        let next = self.found.older.and_then(|older| index.newest_from(Some(older)).next());
        self.found.reached = next.map(|next| next.trace.digest.extent().0);
        self.found
    }

    /// Whether one of the spans has all the attributes.
    fn matches(&mut self, spans: &LocatedTrace, tests: &[AttributeTest]) -> bool {
        let mut read = 0;
        let found = spans.any(&mut self.cache, |resource, span| {
            read += span.len();
            tests.iter().all(|test| holds(test, span, resource))
        });
        // Unpacking a byte is several times cheaper than looking at one.
        self.read += read + self.cache.take_unpacked() / 8;
        found
    }

    fn stop(&mut self, at: Option<Cursor>) -> bool {
        self.found.more = true;
        self.found.older = at;
        false
    }

    fn round(&mut self, index: &Index, plan: &Plan) -> Round {
        let mut round = Round::default();
        if plan.is_hopeless() {
            return round;
        }
        // One more than is wanted tells whether there is more.
        let wanted = (self.limit - self.found.traces.len()).saturating_add(1);
        let mut undecided = 0;
        self.sieves.outdate(index);
        for Newest { slot, id, trace, after } in index.newest_from(self.next) {
            round.searched += 1;
            round.next = Some(after);
            let verdict = plan.decide((slot, id), trace, Some((&mut self.sieves, index)));
            self.sieves.pass(slot);
            match verdict {
                Verdict::No => {}
                Verdict::Yes => round.candidates.push(Candidate { id, after, undecided: None }),
                Verdict::Look(spans) => {
                    let spans = LocatedTrace::new(id, trace, plan.fitting(trace, spans), &index.chunks);
                    round.candidates.push(Candidate { id, after, undecided: Some(spans) });
                    undecided += 1;
                }
            }
            if round.candidates.len() - undecided >= wanted
                || undecided == MAX_UNDECIDED
                || round.searched == ROUND
            {
                self.read += self.sieves.take_work();
                return round;
            }
        }
        self.read += self.sieves.take_work();
        round.next = None;
        round
    }
}

/// Which of some traces match. Reads as much as it must: they are few.
pub(crate) fn matching<L: std::ops::DerefMut<Target = Index>>(
    query: &Query,
    ids: impl Iterator<Item = TraceId>,
    lock: impl Fn() -> L,
) -> Vec<TraceId> {
    let mut undecided = Vec::new();
    let plan = {
        let index = lock();
        let plan = Plan::new(query, &index);
        for id in ids {
            let Some((slot, trace)) = index.traces.find(&id).filter(|(_, trace)| !trace.spans.is_empty())
            else {
                continue;
            };
            match plan.decide((slot, id), trace, None) {
                Verdict::No => {}
                Verdict::Yes => undecided.push((id, None)),
                Verdict::Look(spans) => {
                    let spans = LocatedTrace::new(id, trace, plan.fitting(trace, spans), &index.chunks);
                    undecided.push((id, Some(spans)));
                }
            }
        }
        plan
    };
    let mut search = Search::new(query, 0, None);
    let fits = |(id, spans): (TraceId, Option<LocatedTrace>)| {
        spans.as_ref().is_none_or(|spans| search.matches(spans, plan.attributes())).then_some(id)
    };
    undecided.into_iter().filter_map(fits).collect()
}

fn holds(test: &AttributeTest, span: &[u8], resource: Resource<'_>) -> bool {
    let own = Reader::new(span).map_while(Result::ok).filter(|field| field.number == 9);
    let own = own.filter_map(|field| field.bytes().ok());
    let fits = |key_value: &[u8]| {
        has_key(key_value, test.key.as_bytes()) && {
            let attribute = Attribute::decode(key_value);
            attribute.key == test.key && test.text.holds_of_value(&attribute.value)
        }
    };
    test.negated != own.chain(resource.raw_attributes()).any(fits)
}

/// Whether a `KeyValue` may have a key: seen at a glance where the key comes first, as every encoder writes it.
fn has_key(key_value: &[u8], key: &[u8]) -> bool {
    match key_value {
        [0x0a, len @ 0..0x80, rest @ ..] => rest.get(..usize::from(*len)) == Some(key),
        _ => true,
    }
}
