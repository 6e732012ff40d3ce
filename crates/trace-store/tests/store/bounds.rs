//! The memory limit: the store never exceeds it, and evicts complete traces, the oldest first.

use opentelemetry_proto::tonic::trace::v1::Span;
use proptest::prelude::*;
use trace_store::{Limits, Query, Store};

use crate::requests::{linked, of, of_each, padded, span, trace_id};

#[test]
fn memory_stays_within_the_limit_and_the_newest_traces_are_complete() {
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
fn a_trace_is_evicted_with_the_chunk_of_its_first_spans() {
    let store = Store::in_memory(Limits { memory: 64 << 10 });
    store.ingest(of("a", vec![span(1, 1, 0)])).unwrap();
    for other in 2..200 {
        store.ingest(of("a", vec![padded(span(other, 1, 0), 1_000), span(1, other, 1)])).unwrap();
    }
    let trace = store.trace(trace_id(1));
    // Later spans may have created it again after the eviction; then the first span is missing.
    assert!(trace.is_none_or(|trace| {
        trace.spans().iter().all(|(_, span)| span.span_id != crate::requests::span_id(1))
    }));
}

#[test]
fn duplicates_take_no_memory_that_is_not_counted() {
    let store = Store::in_memory(Limits { memory: 64 << 10 });
    store.ingest(of("a", vec![span(1, 1, 0)])).unwrap();
    let before = store.stats().memory_bytes;
    let copies = (0..4_000).map(|_| span(1, 1, 0)).chain([span(2, 1, 0)]);
    let outcome = store.ingest(of("a", copies.collect())).unwrap();
    assert_eq!((outcome.stored, outcome.duplicates), (1, 4_000));
    assert!(store.stats().memory_bytes < 4 * before, "{} bytes, {before} before", store.stats().memory_bytes);
    // The trace is evicted, and what it took is subtracted.
    for trace in 3..300 {
        store.ingest(of("a", vec![padded(span(trace, 1, 0), 1_000)])).unwrap();
    }
    assert!(store.trace(trace_id(1)).is_none() && store.stats().traces > 10, "{:?}", store.stats());
}

#[test]
fn memory_is_zero_when_everything_is_evicted() {
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

#[test]
fn names_have_a_limit_of_their_own_and_what_is_beyond_is_counted() {
    let store = Store::in_memory(Limits { memory: 16 << 20 });
    let count = 20_000_u64;
    for first in (1..=count).step_by(1_000) {
        let services = (first..first + 1_000).map(|number| {
            let call = Span { name: format!("GET /{number}"), ..span(number, 1, 0) };
            (format!("service-{number}"), vec![call])
        });
        store.ingest(of_each(services)).unwrap();
    }
    let stats = store.stats();
    assert_eq!((stats.traces, stats.evicted_traces), (count, 0), "{stats:?}");
    let services = store.services();
    assert!(services.len() > 5_000 && services.len() < 15_000, "{}", services.len());
    let (others, kept) = services.split_first().unwrap();
    assert_eq!(&**others, "(other services)");
    let found = |query: &str| store.search(&Query::parse(query).unwrap(), usize::MAX).traces.len() as u64;
    let (other_services, other_operations) =
        (found("service=\"(other services)\""), found("name=\"(other operations)\""));
    assert_eq!(other_services, count - kept.len() as u64);
    assert_eq!(stats.other_names, other_services + other_operations);
    assert_eq!((found("service=service-1"), found(&format!("service=service-{count}"))), (1, 0));
    // The bytes of a span keep its name.
    let last = store.trace(trace_id(count)).unwrap();
    let (origin, span_of_last) = &last.spans()[0];
    assert_eq!(origin.resource.service_name(), format!("service-{count}"));
    assert_eq!(span_of_last.name, format!("GET /{count}"));
}

#[test]
fn names_have_room_again_when_others_are_evicted() {
    let store = Store::in_memory(Limits { memory: 1 << 20 });
    for trace in 1..=20_000 {
        store.ingest(of(&format!("service-{trace}"), vec![span(trace, 1, 0)])).unwrap();
    }
    assert!(store.stats().evicted_traces > 0);
    let newest = store.latest(100);
    let own = newest.iter().filter(|trace| trace.root_service.starts_with("service-19")).count();
    assert!(own > 20, "{own} of 100: {:?}", store.stats());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn statistics_agree_with_the_stored_traces(batches in proptest::collection::vec(
        proptest::collection::vec((1..12_u64, 1..6_u64, 0..6_u64, 0..400_usize), 1..8), 1..40)
    ) {
        let store = Store::in_memory(Limits { memory: 24 << 10 });
        for batch in batches {
            let padded = |(trace, id, parent, pad)| padded(span(trace, id, parent), pad);
            let spans = batch.into_iter().map(padded).collect();
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
fn a_large_request_is_split_and_counted_as_one() {
    let store = Store::in_memory(Limits { memory: 64 << 20 });
    let mut spans: Vec<_> = (1..=20_000).map(|id| span(7, id, 0)).collect();
    spans.extend((1..=100).map(|trace| padded(span(1_000 + trace, 1, 0), 30_000)));
    let mut without_id = span(7, 1, 0);
    without_id.span_id.clear();
    spans.push(without_id);
    let body = of("a", spans);
    let outcome = store.ingest(&body).unwrap();
    assert_eq!((outcome.stored, outcome.rejected.records, outcome.changed.len()), (20_100, 1, 101));
    let version = outcome.changed.iter().find(|(id, _)| *id == trace_id(7)).unwrap().1;
    assert_eq!(store.version(trace_id(7)), Some(version));
    assert_eq!(store.trace(trace_id(7)).unwrap().spans().len(), 20_000);
    let again = store.ingest(&body).unwrap();
    assert_eq!((again.stored, again.duplicates, again.changed.len()), (0, 20_100, 0));
    assert!(store.ingest(&body[..body.len() - 1]).is_err());
}

/// Each trace takes twenty times as many bytes in the index as in the request.
#[test]
fn a_request_with_very_many_traces_stays_within_the_limit() {
    let limit = 4 << 20;
    let store = Store::in_memory(Limits { memory: limit });
    let tiny = |trace: u64| Span {
        name: String::new(),
        start_time_unix_nano: 0,
        end_time_unix_nano: 0,
        ..span(trace, 1, 0)
    };
    let outcome = store.ingest(of("a", (1..=100_000).map(tiny).collect())).unwrap();
    assert_eq!(outcome.stored, 100_000);
    let stats = store.stats();
    assert!(stats.memory_bytes <= limit && stats.traces > 0, "{stats:?}");
    assert!(store.trace(trace_id(100_000)).is_some());
}
