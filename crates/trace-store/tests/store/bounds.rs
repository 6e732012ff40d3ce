//! The store never holds more than it may, whatever arrives, and lets whole traces go, the oldest first.

use proptest::prelude::*;
use trace_store::{Limits, Store};

use crate::requests::{linked, of, padded, span, trace_id};

#[test]
fn a_flood_stays_within_the_bound_and_the_newest_traces_are_whole() {
    let limit = 1 << 20;
    let store = Store::in_memory(Limits { memory: limit });
    for trace in 1..=2_000 {
        let spans = (1..=5).map(|id| padded(span(trace, id, id - 1), 300)).collect();
        store.ingest(of("a", spans)).unwrap();
        assert!(store.stats().memory_bytes <= limit);
    }
    let stats = store.stats();
    assert!(stats.evicted_traces > 1_000 && stats.traces > 100, "{stats:?}");
    assert_eq!(stats.evicted_traces + stats.traces, 2_000);
    assert!(store.trace(trace_id(1)).is_none());
    for summary in store.latest(usize::MAX) {
        assert_eq!(summary.spans, 5);
    }
    assert_eq!(store.latest(1)[0].trace_id, trace_id(2_000));
}

#[test]
fn a_trace_goes_as_a_whole_with_its_first_spans() {
    let store = Store::in_memory(Limits { memory: 64 << 10 });
    store.ingest(of("a", vec![span(1, 1, 0)])).unwrap();
    for other in 2..200 {
        store.ingest(of("a", vec![padded(span(other, 1, 0), 1_000), span(1, other, 1)])).unwrap();
    }
    let trace = store.trace(trace_id(1));
    // It came back with later spans after its start had gone; what it has now began later.
    assert!(trace.is_none_or(|trace| {
        trace.spans().iter().all(|(_, span)| span.span_id != crate::requests::span_id(1))
    }));
}

#[test]
fn when_everything_is_gone_nothing_is_held() {
    let store = Store::in_memory(Limits { memory: 4 << 10 });
    for trace in 1..=50 {
        let spans = (1..=40).map(|id| linked(padded(span(trace, id, 0), 20), trace + 1, id)).collect();
        store.ingest(of(&format!("service {trace}"), spans)).unwrap();
        assert!(store.stats().memory_bytes <= 4 << 10);
    }
    assert_eq!((store.stats().traces, store.stats().memory_bytes), (0, 0));
    assert!(
        store.services().is_empty() && store.linked_from(trace_id(2), crate::requests::span_id(1)).is_empty()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn counts_agree_with_what_is_there(batches in proptest::collection::vec(
        proptest::collection::vec((1..12_u64, 1..6_u64, 0..6_u64, 0..400_usize), 1..8), 1..40)
    ) {
        let store = Store::in_memory(Limits { memory: 24 << 10 });
        for batch in batches {
            let spans = batch.into_iter().map(|(trace, id, parent, pad)| padded(span(trace, id, parent), pad)).collect();
            store.ingest(of("a", spans)).unwrap();
            prop_assert!(store.stats().memory_bytes <= 24 << 10);
        }
        let summaries = store.latest(usize::MAX);
        let spans: u64 = summaries.iter().map(|summary| summary.spans).sum();
        prop_assert_eq!((summaries.len() as u64, spans), (store.stats().traces, store.stats().spans));
        for summary in summaries {
            prop_assert_eq!(store.trace(summary.trace_id).unwrap().spans().len() as u64, summary.spans);
        }
    }
}
