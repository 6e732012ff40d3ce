//! What the columns say of the conditions of a search, as far as it has come.
//!
//! A search goes from the newest trace to older ones. All spans of a trace lie in its oldest chunk and in newer ones, so that
//! columns are looked through chunk by chunk on the same way, and a search that finds enough leaves the others alone. What
//! they say of a trace is held until the search has come to it: of nearly all of them, from one chunk to the next.

mod waiting;

use std::ops::Bound::{Excluded, Included, Unbounded};

use crate::{
    chunk::ChunkId,
    columns::{Columns, OfChunk, Sought},
    marked::Spans,
    tokens::KeyId,
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
    work: usize,
}

#[derive(Debug, Default)]
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
    /// For a search that begins at a chunk.
    pub(crate) fn new(tests: usize, from: ChunkId) -> Self {
        let of_tests = std::iter::repeat_with(Sieve::default).take(tests).collect();
        Self { of_tests, room: ROOM, from, work: 0 }
    }

    /// Says that the index was not held in between.
    pub(crate) fn outdate(&mut self) {
        for sieve in &mut self.of_tests {
            sieve.is_outdated = true;
        }
    }

    /// What was done since it was asked last, in bytes read that take as long.
    pub(crate) const fn take_work(&mut self) -> usize {
        std::mem::replace(&mut self.work, 0)
    }

    /// The spans of a trace that a condition may hold of, of those with values that the dictionary has no room for.
    pub(crate) fn spans_of(
        &mut self,
        test: usize,
        (slot, first_chunk): (Slot, ChunkId),
        columns: &Columns,
        key: KeyId,
        sought: &Sought,
    ) -> Spans {
        let Self { of_tests, room, from, work } = self;
        let Some(sieve) = of_tests.get_mut(test) else { return Spans::ALL };
        let mut look = |sieve: &mut Sieve, chunks| {
            *work += sieve.look_through(columns.newest(chunks), *from, key, sought, room);
        };
        if sieve.oldest.is_none_or(|oldest| first_chunk < oldest) {
            let end = sieve.oldest.map_or(Unbounded, Excluded);
            look(sieve, (Included(first_chunk), end));
            sieve.oldest = Some(first_chunk);
        }
        if std::mem::replace(&mut sieve.is_outdated, false) {
            look(sieve, (Excluded(sieve.newest), Unbounded));
        }
        let spans = sieve.waiting.get(slot);
        sieve.asked += 1;
        sieve.let_through += u64::from(!spans.is_none());
        spans
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
    /// Returns what it cost, of what lies at `from` and before.
    fn look_through<'c>(
        &mut self,
        chunks: impl Iterator<Item = (ChunkId, &'c OfChunk)>,
        from: ChunkId,
        key: KeyId,
        sought: &Sought,
        room: &mut usize,
    ) -> usize {
        let mut cost = 0;
        for (id, columns) in chunks {
            let work = columns.find(key, sought, |slot, spans| self.waiting.add(slot, spans, room));
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
        let query = Query::parse("first~7- second~77-2").unwrap();
        let found = |room: usize| {
            let mut search = Search::new(&query, 1_000, None);
            search.sieves.room = room;
            while search.go_on(|| index.lock().unwrap()) {}
            assert!(search.sieves.room <= room);
            search
                .finish(&index.lock().unwrap())
                .traces
                .iter()
                .map(|trace| trace.trace_id)
                .collect::<Vec<_>>()
        };
        let all = found(ROOM);
        assert_eq!(all.len(), 40);
        for room in [0, 1, 20, 63] {
            assert_eq!(found(room), all);
        }
    }
}
