//! The store never holds more than it may, whatever arrives, and lets whole traces go, the oldest first.

use opentelemetry_proto::tonic::trace::v1::Span;
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

#[test]
fn a_large_request_is_taken_in_pieces_and_counted_as_one() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    let mut spans: Vec<_> = (1..=20_000).map(|id| span(7, id, 0)).collect();
    spans.extend((1..=100).map(|trace| padded(span(1_000 + trace, 1, 0), 30_000)));
    let mut nameless = span(7, 1, 0);
    nameless.span_id.clear();
    spans.push(nameless);
    let body = of("a", spans);
    let done = store.ingest(&body).unwrap();
    assert_eq!((done.stored, done.rejected.records, done.changed.len()), (20_100, 1, 101));
    let version = done.changed.iter().find(|(id, _)| *id == trace_id(7)).unwrap().1;
    assert_eq!(store.version(trace_id(7)), Some(version));
    assert_eq!(store.trace(trace_id(7)).unwrap().spans().len(), 20_000);
    let again = store.ingest(&body).unwrap();
    assert_eq!((again.stored, again.duplicates, again.changed.len()), (0, 20_100, 0));
    assert!(store.ingest(&body[..body.len() - 1]).is_err());
}

/// Each costs the index twenty times what it costs the sender.
#[test]
fn a_request_of_very_many_traces_does_not_pass_the_bound() {
    let limit = 4 << 20;
    let store = Store::in_memory(Limits { memory: limit });
    let tiny = |trace: u64| Span {
        name: String::new(),
        start_time_unix_nano: 0,
        end_time_unix_nano: 0,
        ..span(trace, 1, 0)
    };
    let done = store.ingest(of("a", (1..=100_000).map(tiny).collect())).unwrap();
    assert_eq!(done.stored, 100_000);
    let stats = store.stats();
    assert!(stats.memory_bytes <= limit && stats.traces > 0, "{stats:?}");
    assert!(store.trace(trace_id(100_000)).is_some());
}
