//! Retention of traces with errors and of slow traces, within a share of the limit.

use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use tempfile::TempDir;
use trace_store::{DiskSettings, Limits, Query, Retention, Store};

use crate::requests::{log, logs_of, of, padded, span, trace_id};

const RETENTION: Retention = Retention { errors: true, slower_than: Some(1_000_000) };

fn failed(span: Span) -> Span {
    Span { status: Some(Status { code: 2, message: "boom".into() }), ..span }
}

fn slow(span: Span) -> Span {
    Span { end_time_unix_nano: span.start_time_unix_nano + 2_000_000, ..span }
}

/// A failed trace and a slow one, each in two requests, with logs, among ordinary traces.
fn ingest_traces_to_retain(store: &Store) {
    store.ingest(of("a", vec![span(5, 1, 0), span(1, 1, 0), slow(span(2, 1, 0)), span(6, 1, 0)])).unwrap();
    store.ingest_logs(logs_of("a", vec![log(1, 1, 7, "why"), log(5, 1, 7, "nothing")])).unwrap();
    store.ingest(of("b", vec![span(5, 2, 1), failed(span(1, 2, 1)), span(2, 2, 1)])).unwrap();
}

fn assert_retained_completely(store: &Store) {
    for trace in [1, 2] {
        let found = store.trace(trace_id(trace)).unwrap();
        let ids: Vec<_> = found.spans().iter().map(|(_, span)| span.span_id.to_string()).collect();
        assert_eq!(ids, ["0000000000000001", "0000000000000002"], "of trace {trace}");
        assert_eq!(found.spans()[1].0.resource.service_name(), "b");
    }
    assert_eq!(store.logs(trace_id(1), 10).unwrap().records().count(), 1);
    for trace in [5, 6] {
        assert!(store.trace(trace_id(trace)).is_none() && store.logs(trace_id(trace), 1).is_none());
    }
    let failed = store.search(&Query::parse("status=error").unwrap(), 10);
    assert_eq!(failed.traces.iter().map(|summary| summary.trace_id).collect::<Vec<_>>(), [trace_id(1)]);
}

#[test]
fn in_memory_retained_traces_outlive_others_and_are_listed_last() {
    let limit = 1 << 20;
    let store = Store::in_memory(Limits { memory: limit }).with_retention(RETENTION);
    ingest_traces_to_retain(&store);
    for trace in 100..1_500 {
        store.ingest(of("a", vec![padded(span(trace, 1, 0), 2_000)])).unwrap();
        assert!(store.stats().memory_bytes <= limit);
    }
    assert_retained_completely(&store);
    let newest: Vec<_> = store.latest(usize::MAX).iter().map(|summary| summary.trace_id).collect();
    assert_eq!(newest[0], trace_id(1_499));
    assert!(newest[newest.len() - 2..].iter().all(|id| [trace_id(1), trace_id(2)].contains(id)));
    // A late span of a retained trace is retained as well.
    store.ingest(of("c", vec![span(1, 3, 2)])).unwrap();
    for trace in 2_000..3_000 {
        store.ingest(of("a", vec![padded(span(trace, 1, 0), 2_000)])).unwrap();
    }
    assert_eq!(store.trace(trace_id(1)).unwrap().spans().len(), 3);
}

#[test]
fn the_newest_traces_are_stored_even_if_all_are_to_be_retained() {
    let limit = 1 << 20;
    let store = Store::in_memory(Limits { memory: limit }).with_retention(RETENTION);
    for trace in 1..=3_000 {
        store.ingest(of("a", vec![failed(padded(span(trace, 1, 0), 2_000))])).unwrap();
        assert!(store.stats().memory_bytes <= limit);
    }
    let stats = store.stats();
    assert!(stats.traces > 200, "{stats:?}");
    for trace in 2_900..=3_000 {
        assert_eq!(store.trace(trace_id(trace)).unwrap().spans().len(), 1);
    }
    for summary in store.latest(usize::MAX) {
        assert_eq!(store.trace(summary.trace_id).unwrap().spans().len() as u64, summary.spans);
    }
}

#[test]
fn on_disk_retained_traces_outlive_others_and_a_restart() {
    let folder = TempDir::new().unwrap();
    let disk = DiskSettings { folder: folder.path().to_owned(), limit: 16 << 20 };
    let open = || {
        let store = Store::on_disk(Limits { memory: 64 << 20 }, &disk).unwrap().with_retention(RETENTION);
        store.replay(|damaged| panic!("{damaged:?}"));
        store
    };
    let store = open();
    ingest_traces_to_retain(&store);
    for trace in 100..400 {
        let other = padded(span(trace, 1, 0), 100_000);
        store.ingest(of("a", vec![if trace % 2 == 0 { failed(other) } else { other }])).unwrap();
        assert!(store.stats().disk_bytes <= disk.limit, "{:?}", store.stats());
    }
    assert!(store.trace(trace_id(399)).is_some());
    for summary in store.latest(usize::MAX) {
        assert_eq!(store.trace(summary.trace_id).unwrap().spans().len() as u64, summary.spans);
    }
    drop(store);
    let store = open();
    for summary in store.latest(usize::MAX) {
        assert_eq!(store.trace(summary.trace_id).unwrap().spans().len() as u64, summary.spans);
    }
    assert_eq!(store.latest(1)[0].trace_id, trace_id(399), "retained traces are not the newest");
}

#[test]
fn on_disk_few_retained_traces_stay_indefinitely() {
    let folder = TempDir::new().unwrap();
    let disk = DiskSettings { folder: folder.path().to_owned(), limit: 16 << 20 };
    let store = Store::on_disk(Limits { memory: 64 << 20 }, &disk).unwrap().with_retention(RETENTION);
    ingest_traces_to_retain(&store);
    for trace in 100..500 {
        store.ingest(of("a", vec![padded(span(trace, 1, 0), 100_000)])).unwrap();
    }
    assert_retained_completely(&store);
    drop(store);
    let store = Store::on_disk(Limits { memory: 64 << 20 }, &disk).unwrap().with_retention(RETENTION);
    store.replay(|damaged| panic!("{damaged:?}"));
    assert_retained_completely(&store);
}
