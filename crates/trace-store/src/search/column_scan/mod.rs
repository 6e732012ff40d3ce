//! Column scans of a search, one for each condition on an attribute.
//!
//! A search visits traces from the newest to the oldest. All spans of a trace are in its oldest chunk and in newer
//! ones. So the columns are scanned chunk by chunk in the same direction, and a search that finds enough skips the
//! rest. What a scan finds in a trace is pending until the search reaches that trace, mostly in the next chunk.

mod pending;

use std::ops::Bound::{self, Excluded, Included, Unbounded};

use crate::{
    attributes::{KeyId, SpanMask, columns::ColumnPredicate},
    index::{Index, TraceEntry},
    storage::ChunkId,
    trace_slot::TraceSlot,
};
use pending::{PAGE_BUDGET, PendingSpans};

/// The scans of all conditions on attributes.
#[derive(Debug)]
pub(super) struct ColumnScans {
    scans: Vec<ColumnScan>,
    /// Pages that the scans may still allocate together.
    page_budget: usize,
    /// Where the search begins. Scanning newer chunks is not counted, because an earlier search did.
    from: ChunkId,
    /// Version of the index when the search began.
    begun_at: Option<u64>,
    /// Cost since it was last taken.
    cost: usize,
}

#[derive(Debug)]
struct ColumnScan {
    /// The oldest chunk that was scanned.
    oldest: Option<ChunkId>,
    /// The newest chunk that was scanned.
    newest: ChunkId,
    /// Chunks may have been added since.
    is_outdated: bool,
    pending: PendingSpans,
    /// Traces that the condition was evaluated for.
    evaluated: u64,
    /// Traces that it let through.
    passed: u64,
}

impl ColumnScans {
    /// Scans for a search that begins at a chunk. `negated` has a flag for each condition.
    pub(super) fn new(negated: impl Iterator<Item = bool>, from: ChunkId) -> Self {
        // Over budget, all spans of a trace remain candidates.
        let over_budget = |negated| if negated { SpanMask::NONE } else { SpanMask::ALL };
        let scans = negated.map(|negated| ColumnScan::new(over_budget(negated))).collect();
        Self { scans, page_budget: PAGE_BUDGET, from, begun_at: None, cost: 0 }
    }

    /// Notes that the index was unlocked since the last round.
    pub(super) fn begin_round(&mut self, index: &Index) {
        self.begun_at.get_or_insert(index.version());
        for scan in &mut self.scans {
            scan.is_outdated = true;
        }
    }

    /// Cost since the last call, in bytes of span data whose reading takes as long.
    pub(super) const fn take_cost(&mut self) -> usize {
        std::mem::replace(&mut self.cost, 0)
    }

    /// The spans of a trace that have a matching value in the columns.
    pub(super) fn spans_of(
        &mut self,
        condition: usize,
        (slot, trace): (TraceSlot, &TraceEntry),
        index: &Index,
        (key, predicate): (KeyId, &ColumnPredicate),
    ) -> SpanMask {
        let Self { scans, page_budget, from, begun_at, cost } = self;
        let Some(scan) = scans.get_mut(condition) else { return SpanMask::ALL };
        let mut run = |scan: &mut ColumnScan, chunks| {
            *cost += scan.run(index, chunks, *from, (key, predicate), page_budget);
        };
        let first_chunk = trace.first_chunk;
        if scan.oldest.is_none_or(|oldest| first_chunk < oldest) {
            let end = scan.oldest.map_or(Unbounded, Excluded);
            run(scan, (Included(first_chunk), end));
            scan.oldest = Some(first_chunk);
        }
        if std::mem::replace(&mut scan.is_outdated, false) {
            run(scan, (Excluded(scan.newest), Unbounded));
        }
        if !predicate.is_superset() && begun_at.is_none_or(|begun_at| begun_at < trace.created_at) {
            // The pending spans may belong to a trace that had this slot before.
            return SpanMask::NONE;
        }
        scan.pending.get(slot)
    }

    /// Counts whether a condition let a trace through.
    pub(super) fn count(&mut self, condition: usize, passed: bool) {
        if let Some(scan) = self.scans.get_mut(condition) {
            scan.evaluated += 1;
            scan.passed += u64::from(passed);
        }
    }

    /// Traces per thousand that a condition let through; 500 before it was evaluated.
    pub(super) fn selectivity(&self, condition: usize) -> u64 {
        let of = |scan: &ColumnScan| (scan.passed * 1_000).checked_div(scan.evaluated);
        self.scans.get(condition).and_then(of).unwrap_or(500)
    }

    /// Removes what is pending for a trace that the search has passed.
    pub(super) fn pass(&mut self, slot: TraceSlot) {
        for scan in &mut self.scans {
            scan.pending.remove(slot, &mut self.page_budget);
        }
    }
}

impl ColumnScan {
    fn new(over_budget: SpanMask) -> Self {
        Self {
            oldest: None,
            newest: ChunkId::default(),
            is_outdated: false,
            pending: PendingSpans::new(over_budget),
            evaluated: 0,
            passed: 0,
        }
    }

    /// Scans a range of chunks, the newest first. Returns the cost for those up to `from`.
    fn run(
        &mut self,
        index: &Index,
        chunks: (Bound<ChunkId>, Bound<ChunkId>),
        from: ChunkId,
        (key, predicate): (KeyId, &ColumnPredicate),
        page_budget: &mut usize,
    ) -> usize {
        let mut total = 0;
        for (id, columns) in index.columns.newest(chunks) {
            // Another trace may have the slot by now. That is harmless in a superset.
            let is_same_trace = |slot| {
                predicate.is_superset()
                    || index.traces.at(slot).is_some_and(|(_, trace)| trace.created_at <= columns.built_at())
            };
            let cost = columns.find(key, predicate, |slot, spans| {
                if is_same_trace(slot) {
                    self.pending.add(slot, spans, page_budget);
                }
            });
            total += if id <= from { cost } else { 0 };
            self.newest = self.newest.max(id);
        }
        total
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

    use super::PAGE_BUDGET;
    use crate::{
        index::Index,
        ingest,
        query::Query,
        search::Search,
        storage::{ChunkId, ContentKind, Packer, Source},
    };

    const TRACES_PER_CHUNK: u64 = 1_000;

    /// Traces with one span in each half, and attributes whose values all differ.
    fn filled(traces: u64, halves: u64) -> Mutex<Index> {
        let mut index = Index::new(1 << 20);
        for chunk in 0..traces * halves / TRACES_PER_CHUNK {
            let range = chunk * TRACES_PER_CHUNK..(chunk + 1) * TRACES_PER_CHUNK;
            let spans = range.map(|n| span(n % traces + 1, n / traces + 1)).collect();
            let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
            let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
            let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
            let source = Source::Memory(Packer::default().pack(ContentKind::Spans, &body));
            index.insert(ingest::spans::read(&body).unwrap(), ChunkId(chunk), source);
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
    fn pending_spans_are_removed_as_the_search_passes_their_traces() {
        let index = filled(20_000, 1);
        let query = Query::parse("first~id- second~zz").unwrap();
        let mut search = Search::new(&query, 10, None);
        let mut rounds = 1;
        while search.advance(|| index.lock().unwrap()) {
            let pages = PAGE_BUDGET - search.scans.page_budget;
            assert!(pages <= 17, "{pages} pages for the traces of one chunk");
            rounds += 1;
        }
        assert_eq!(rounds, 3);
        // After a round, the condition that lets nothing through is evaluated first.
        let evaluated = search.scans.scans.iter().map(|scan| scan.evaluated);
        assert_eq!(evaluated.collect::<Vec<_>>(), [8_192, 20_000]);
    }

    #[test]
    fn pending_spans_stay_within_the_budget_and_are_found_without_one() {
        let index = filled(4_000, 2);
        for (text, count) in [("first~7- second~77-2", 40), ("-first!~id-4000-2", 1)] {
            let query = Query::parse(text).unwrap();
            let found = |budget: usize| {
                let mut search = Search::new(&query, 5_000, None);
                search.scans.page_budget = budget;
                while search.advance(|| index.lock().unwrap()) {}
                assert!(search.scans.page_budget <= budget);
                let found = search.finish(&index.lock().unwrap());
                found.traces.iter().map(|trace| trace.trace_id).collect::<Vec<_>>()
            };
            let all = found(PAGE_BUDGET);
            assert_eq!(all.len(), count, "{text}");
            for budget in [0, 1, 20, 63] {
                assert_eq!(found(budget), all, "{text}");
            }
        }
    }

    /// Inserts a span as the only one of its request.
    fn insert(index: &mut Index, chunk: u64, span: Span) {
        let scope_spans = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
        let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let source = Source::Memory(Packer::default().pack(ContentKind::Spans, &body));
        index.insert(ingest::spans::read(&body).unwrap(), ChunkId(chunk), source);
    }

    fn id(trace: u64) -> TraceId {
        TraceId::from_bytes(&u128::from(trace).to_be_bytes()).unwrap()
    }

    /// The traces that a search finds when it runs to its end.
    fn found(mut search: Search<'_>, index: &Mutex<Index>) -> Vec<TraceId> {
        while search.advance(|| index.lock().unwrap()) {}
        let found = search.finish(&index.lock().unwrap());
        assert!(!found.has_more);
        found.traces.iter().map(|trace| trace.trace_id).collect()
    }

    #[test]
    fn columns_of_an_evicted_trace_do_not_exclude_the_trace_that_reuses_its_slot() {
        let index = filled(4_000, 1);
        {
            let mut index = index.lock().unwrap();
            insert(&mut index, 9, span(5_000, 1));
            index.remove(id(5_000));
            // Its oldest chunk is older than the other one, so that the search scans the newer chunk first.
            insert(&mut index, 7, Span { attributes: Vec::new(), ..span(5_001, 1) });
        }
        let query = Query::parse("-first~id-").unwrap();
        assert_eq!(found(Search::new(&query, 10, None), &index), [id(5_001)]);
    }

    #[test]
    fn pending_spans_of_an_evicted_trace_do_not_exclude_the_trace_that_reuses_its_slot() {
        let index = filled(20_000, 1);
        let query = Query::parse("-first~id-").unwrap();
        let mut search = Search::new(&query, 10, None);
        assert!(search.advance(|| index.lock().unwrap()));
        {
            let mut index = index.lock().unwrap();
            // It is in the chunk in which the round ended.
            index.remove(id(11_100));
            insert(&mut index, 0, Span { attributes: Vec::new(), ..span(30_000, 1) });
        }
        assert_eq!(found(search, &index), [id(30_000)]);
    }
}
