//! What the columns say of the conditions of a search, as far as it has come.
//!
//! A search goes from the newest trace to older ones. All spans of a trace lie in its oldest chunk and in newer ones, so that
//! columns are looked through chunk by chunk on the same way, and a search that finds enough leaves the others alone. What
//! they say of a trace is held until the search has come to it: of nearly all of them, from one chunk to the next.

mod waiting;

use std::ops::Bound::{self, Excluded, Included, Unbounded};

use crate::{
    chunk::ChunkId, columns::Sought, entry::TraceEntry, index::Index, marked::Spans, tokens::KeyId,
    traces::Slot,
};
use waiting::{ROOM, Waiting};

/// One for every condition on an attribute.
#[derive(Debug)]
pub(crate) struct Sieves {
    of_tests: Vec<Sieve>,
    /// What they share.
    room: usize,
    /// Where the search begins. Another did the work before, and counted it.
    from: ChunkId,
    /// When it began, by the clock of the index.
    begun: Option<u64>,
    work: usize,
}

#[derive(Debug)]
struct Sieve {
    /// The oldest and the newest chunk that was looked through.
    oldest: Option<ChunkId>,
    newest: ChunkId,
    /// Chunks may have come since.
    is_outdated: bool,
    waiting: Waiting,
    /// How many traces it was asked of, and let through.
    asked: u64,
    let_through: u64,
}

impl Sieves {
    /// For a search that begins at a chunk. Of each condition it is told whether it is negated.
    pub(crate) fn new(negated: impl Iterator<Item = bool>, from: ChunkId) -> Self {
        // What cannot be told apart is looked at.
        let without_room = |negated| if negated { Spans::NONE } else { Spans::ALL };
        let of_tests = negated.map(|negated| Sieve::new(without_room(negated))).collect();
        Self { of_tests, room: ROOM, from, begun: None, work: 0 }
    }

    /// Says that the index was not held in between.
    pub(crate) fn outdate(&mut self, index: &Index) {
        self.begun.get_or_insert(index.now());
        for sieve in &mut self.of_tests {
            sieve.is_outdated = true;
        }
    }

    /// What was done since it was asked last, in bytes read that take as long.
    pub(crate) const fn take_work(&mut self) -> usize {
        std::mem::replace(&mut self.work, 0)
    }

    /// The spans of a trace with values that are sought, of those that the dictionary has no room for.
    pub(crate) fn spans_of(
        &mut self,
        test: usize,
        (slot, trace): (Slot, &TraceEntry),
        index: &Index,
        (key, sought): (KeyId, &Sought),
    ) -> Spans {
        let Self { of_tests, room, from, begun, work } = self;
        let Some(sieve) = of_tests.get_mut(test) else { return Spans::ALL };
        let mut look = |sieve: &mut Sieve, chunks| {
            *work += sieve.look_through(index, chunks, *from, (key, sought), room);
        };
        let first_chunk = trace.first_chunk;
        if sieve.oldest.is_none_or(|oldest| first_chunk < oldest) {
            let end = sieve.oldest.map_or(Unbounded, Excluded);
            look(sieve, (Included(first_chunk), end));
            sieve.oldest = Some(first_chunk);
        }
        if std::mem::replace(&mut sieve.is_outdated, false) {
            look(sieve, (Excluded(sieve.newest), Unbounded));
        }
        if !sought.counts_doubtful() && begun.is_none_or(|begun| begun < trace.since) {
            // Something may wait that was found of another, which was there before.
            return Spans::NONE;
        }
        sieve.waiting.get(slot)
    }

    /// Says whether a condition let a trace through.
    pub(crate) fn note(&mut self, test: usize, let_through: bool) {
        if let Some(sieve) = self.of_tests.get_mut(test) {
            sieve.asked += 1;
            sieve.let_through += u64::from(let_through);
        }
    }

    /// How many traces in a thousand a condition let through; half of them while nobody knows.
    pub(crate) fn share_let_through(&self, test: usize) -> u64 {
        let of = |sieve: &Sieve| (sieve.let_through * 1_000).checked_div(sieve.asked);
        self.of_tests.get(test).and_then(of).unwrap_or(500)
    }

    /// Says that the search has come past a trace.
    pub(crate) fn pass(&mut self, slot: Slot) {
        for sieve in &mut self.of_tests {
            sieve.waiting.forget(slot, &mut self.room);
        }
    }
}

impl Sieve {
    fn new(without_room: Spans) -> Self {
        Self {
            oldest: None,
            newest: ChunkId::default(),
            is_outdated: false,
            waiting: Waiting::new(without_room),
            asked: 0,
            let_through: 0,
        }
    }

    /// Returns what it cost, of what lies at `from` and before.
    fn look_through(
        &mut self,
        index: &Index,
        chunks: (Bound<ChunkId>, Bound<ChunkId>),
        from: ChunkId,
        (key, sought): (KeyId, &Sought),
        room: &mut usize,
    ) -> usize {
        let mut cost = 0;
        for (id, columns) in index.columns.newest(chunks) {
            // Another trace may lie there by now: for what is possible, that is looked at all the same.
            let is_meant = |slot| {
                sought.counts_doubtful()
                    || index.traces.at(slot).is_some_and(|(_, trace)| trace.since <= columns.made())
            };
            let work = columns.find(key, sought, |slot, spans| {
                if is_meant(slot) {
                    self.waiting.add(slot, spans, room);
                }
            });
            cost += if id <= from { work } else { 0 };
            self.newest = self.newest.max(id);
        }
        cost
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use opentelemetry_proto::tonic::{
        collector::trace::v1::ExportTraceServiceRequest,
        common::v1::{AnyValue, KeyValue, any_value::Value},
        trace::v1::{ResourceSpans, ScopeSpans, Span},
    };
    use prost::Message;
    use trace_model::TraceId;

    use crate::{
        chunk::{ChunkId, Content, Source},
        index::Index,
        ingest,
        query::Query,
        record::Packer,
        search::Search,
        sieve::ROOM,
    };

    const TRACES_OF_CHUNK: u64 = 1_000;

    /// Traces of one span each, or of one in every half, with attributes of which all values differ.
    fn filled(traces: u64, halves: u64) -> Mutex<Index> {
        let mut index = Index::default();
        for chunk in 0..traces * halves / TRACES_OF_CHUNK {
            let of_chunk = chunk * TRACES_OF_CHUNK..(chunk + 1) * TRACES_OF_CHUNK;
            let spans = of_chunk.map(|n| span(n % traces + 1, n / traces + 1)).collect();
            let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
            let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
            let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
            let source = Source::Memory(Packer::default().pack(Content::Spans, &body));
            index.insert(ingest::read(&body).unwrap(), ChunkId(chunk), source);
        }
        Mutex::new(index)
    }

    fn span(trace: u64, id: u64) -> Span {
        let attributes = ["first", "second"].map(|key| {
            let value = Some(AnyValue { value: Some(Value::StringValue(format!("id-{trace}-{id}"))) });
            KeyValue { key: key.into(), value, ..KeyValue::default() }
        });
        Span {
            trace_id: u128::from(trace).to_be_bytes().to_vec(),
            span_id: id.to_be_bytes().to_vec(),
            attributes: attributes.into(),
            ..Span::default()
        }
    }

    #[test]
    fn what_is_held_of_traces_goes_as_the_search_comes_past_them() {
        let index = filled(20_000, 1);
        let query = Query::parse("first~id- second~zz").unwrap();
        let mut search = Search::new(&query, 10, None);
        let mut rounds = 1;
        while search.go_on(|| index.lock().unwrap()) {
            let pages = ROOM - search.sieves.room;
            assert!(pages <= 17, "{pages} pages for the traces of one chunk");
            rounds += 1;
        }
        assert_eq!(rounds, 3);
        // What lets nothing through is asked first, after a round.
        let asked = search.sieves.of_tests.iter().map(|sieve| sieve.asked);
        assert_eq!(asked.collect::<Vec<_>>(), [8_192, 20_000]);
    }

    #[test]
    fn what_waits_long_is_held_within_the_room_and_found_without_it() {
        let index = filled(4_000, 2);
        for (text, count) in [("first~7- second~77-2", 40), ("-first!~id-4000-2", 1)] {
            let query = Query::parse(text).unwrap();
            let found = |room: usize| {
                let mut search = Search::new(&query, 5_000, None);
                search.sieves.room = room;
                while search.go_on(|| index.lock().unwrap()) {}
                assert!(search.sieves.room <= room);
                let found = search.finish(&index.lock().unwrap());
                found.traces.iter().map(|trace| trace.trace_id).collect::<Vec<_>>()
            };
            let all = found(ROOM);
            assert_eq!(all.len(), count, "{text}");
            for room in [0, 1, 20, 63] {
                assert_eq!(found(room), all, "{text}");
            }
        }
    }

    /// Takes a span alone in its request.
    fn insert(index: &mut Index, chunk: u64, span: Span) {
        let scope_spans = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
        let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let source = Source::Memory(Packer::default().pack(Content::Spans, &body));
        index.insert(ingest::read(&body).unwrap(), ChunkId(chunk), source);
    }

    fn id(trace: u64) -> TraceId {
        TraceId::from_bytes(&u128::from(trace).to_be_bytes()).unwrap()
    }

    /// Those that were found, to the end.
    fn found(mut search: Search<'_>, index: &Mutex<Index>) -> Vec<TraceId> {
        while search.go_on(|| index.lock().unwrap()) {}
        let found = search.finish(&index.lock().unwrap());
        assert!(!found.more);
        found.traces.iter().map(|trace| trace.trace_id).collect()
    }

    #[test]
    fn what_was_said_by_a_trace_that_is_gone_leaves_out_none_that_came_in_its_place() {
        let index = filled(4_000, 1);
        {
            let mut index = index.lock().unwrap();
            insert(&mut index, 9, span(5_000, 1));
            index.remove(id(5_000));
            // Its oldest chunk came late, so that the search looks through the newer one before it comes to the trace.
            insert(&mut index, 7, Span { attributes: Vec::new(), ..span(5_001, 1) });
        }
        let query = Query::parse("-first~id-").unwrap();
        assert_eq!(found(Search::new(&query, 10, None), &index), [id(5_001)]);
    }

    #[test]
    fn what_waits_of_a_trace_that_went_meanwhile_leaves_out_none_that_came_in_its_place() {
        let index = filled(20_000, 1);
        let query = Query::parse("-first~id-").unwrap();
        let mut search = Search::new(&query, 10, None);
        assert!(search.go_on(|| index.lock().unwrap()));
        {
            let mut index = index.lock().unwrap();
            // In the chunk that the round came to an end in.
            index.remove(id(11_100));
            insert(&mut index, 0, Span { attributes: Vec::new(), ..span(30_000, 1) });
        }
        assert_eq!(found(search, &index), [id(30_000)]);
    }
}
