//! Log records: stored with their trace, in any order of arrival, without duplicates, and evicted with it.

use tempfile::TempDir;
use trace_model::Value;
use trace_store::{DiskSettings, Limits, Store};

use crate::requests::{log, logs_of, noise, of, padded, span, trace_id};

fn store() -> Store {
    Store::in_memory(Limits { memory: 64 << 20 })
}

fn texts(store: &Store, trace: u64) -> Vec<String> {
    let Some(logs) = store.logs(trace_id(trace), 1_000) else { return Vec::new() };
    let text = |body: Value<'_>| body.as_str().unwrap_or_default().to_owned();
    logs.records().map(|(_, record)| text(record.body())).collect()
}

#[test]
fn logs_are_read_by_time_with_their_origin_in_any_order_of_arrival() {
    let store = store();
    store.ingest_logs(logs_of("b", vec![log(1, 1, 2_000, "third"), log(2, 1, 5, "other")])).unwrap();
    store.ingest(of("a", vec![span(1, 1, 0)])).unwrap();
    store.ingest_logs(logs_of("a", vec![log(1, 1, 1_500, "second"), log(1, 1, 900, "first")])).unwrap();
    assert_eq!(texts(&store, 1), ["first", "second", "third"]);
    let logs = store.logs(trace_id(1), 10).unwrap();
    assert_eq!(logs.start().as_unix(), 1_001, "the start of the first span");
    let services: Vec<_> =
        logs.records().map(|(origin, _)| origin.resource.service_name().into_owned()).collect();
    assert_eq!(services, ["a", "a", "b"]);
    assert_eq!(store.stats().logs, 4);
}

#[test]
fn logs_before_the_first_span_do_not_list_a_trace() {
    let store = store();
    let outcome = store.ingest_logs(logs_of("a", vec![log(1, 1, 7, "early")])).unwrap();
    assert_eq!(outcome.stored, 1);
    assert!(store.trace(trace_id(1)).is_none() && store.latest(10).is_empty());
    assert_eq!((store.stats().traces, store.logs(trace_id(1), 10).unwrap().start().as_unix()), (0, 7));
    store.ingest(of("a", vec![span(1, 1, 0)])).unwrap();
    assert_eq!((store.stats().traces, store.latest(10).len()), (1, 1));
    assert_eq!(texts(&store, 1), ["early"]);
}

#[test]
fn a_log_changes_the_version_and_a_duplicate_does_not() {
    let store = store();
    store.ingest(of("a", vec![span(1, 1, 0)])).unwrap();
    let before = store.version(trace_id(1));
    let body = logs_of("a", (0..50).map(|n| log(1, 1, n, &format!("line {n}"))).collect());
    let first = store.ingest_logs(body.clone()).unwrap();
    assert_eq!((first.stored, first.changed.len()), (50, 1));
    let version = store.version(trace_id(1));
    assert!(version > before && store.latest(1)[0].version == version.unwrap());
    let again = store.ingest_logs(body).unwrap();
    assert_eq!((again.stored, again.duplicates, again.changed.len()), (0, 50, 0));
    assert_eq!(store.version(trace_id(1)), version);
}

#[test]
fn equal_log_records_of_one_request_are_all_stored() {
    let store = store();
    let body = logs_of("a", vec![log(1, 1, 7, "again"), log(1, 1, 7, "again")]);
    assert_eq!(store.ingest_logs(body.clone()).unwrap().stored, 2);
    assert_eq!(store.ingest_logs(body).unwrap().duplicates, 2);
    assert_eq!(texts(&store, 1), ["again", "again"]);
}

#[test]
fn equal_log_records_of_two_services_are_both_stored() {
    let folder = tempfile::tempdir().unwrap();
    let disk = DiskSettings { folder: folder.path().to_owned(), limit: 1 << 20 };
    let open = || Store::on_disk(Limits { memory: 1 << 20 }, &disk).unwrap();
    let bodies = ["a", "b"].map(|service| logs_of(service, vec![log(1, 1, 7, "same")]));
    {
        let store = open();
        for body in &bodies {
            assert_eq!(store.ingest_logs(body).unwrap().stored, 1);
        }
    }
    let store = open();
    store.replay(|damaged| panic!("{damaged:?}"));
    assert_eq!(texts(&store, 1), ["same", "same"]);
    for body in &bodies {
        assert_eq!(store.ingest_logs(body).unwrap().duplicates, 1);
    }
}

#[test]
fn logs_without_a_trace_are_counted_and_not_stored() {
    let store = store();
    let mut records: Vec<_> = (0..1_000).map(|n| log(0, 0, n, "outside of any trace")).collect();
    records.push(log(1, 1, 7, "inside"));
    let body = logs_of("a", records);
    let size = body.len();
    let outcome = store.ingest_logs(body).unwrap();
    assert_eq!((outcome.stored, outcome.untraced), (1, 1_000));
    assert_eq!((store.stats().logs, store.stats().untraced_logs), (1, 1_000));
    assert!(store.stats().memory_bytes < size / 10, "{:?}", store.stats());
    assert_eq!(texts(&store, 1), ["inside"]);
}

#[test]
fn a_limit_returns_the_first_logs_by_time() {
    let store = store();
    store.ingest_logs(logs_of("a", (0..100).rev().map(|n| log(1, 1, n, &n.to_string())).collect())).unwrap();
    let logs = store.logs(trace_id(1), 3).unwrap();
    assert!(logs.has_more);
    let times: Vec<_> = logs.records().map(|(_, record)| record.time.as_unix()).collect();
    assert_eq!(times, [0, 1, 2]);
    assert!(!store.logs(trace_id(1), 100).unwrap().has_more);
}

#[test]
fn memory_stays_within_the_limit_and_logs_are_evicted_with_their_traces() {
    let limit = 1 << 20;
    let store = Store::in_memory(Limits { memory: limit });
    for trace in 1..=1_000 {
        store.ingest(of("a", vec![padded(span(trace, 1, 0), 100)])).unwrap();
        let records = (0..10).map(|n| log(trace, 1, n, &noise(trace * 10 + n, 200))).collect();
        store.ingest_logs(logs_of("a", records)).unwrap();
        assert!(store.stats().memory_bytes <= limit);
    }
    assert!(store.stats().evicted_traces > 500, "{:?}", store.stats());
    for summary in store.latest(usize::MAX) {
        assert_eq!(store.logs(summary.trace_id, 100).unwrap().records().count(), 10);
    }
    assert!(store.logs(trace_id(1), 10).is_none());
}

#[test]
fn no_log_is_stored_when_every_trace_is_evicted() {
    let store = Store::in_memory(Limits { memory: 2 << 10 });
    for trace in 1..=50 {
        let records = (0..40).map(|n| log(trace, 1, n, "some words")).collect();
        store.ingest_logs(logs_of("a", records)).unwrap();
    }
    let stats = store.stats();
    assert_eq!((stats.logs, stats.traces, stats.evicted_traces, stats.memory_bytes), (0, 0, 0, 0));
}

#[test]
fn logs_and_spans_survive_a_restart() {
    let folder = TempDir::new().unwrap();
    let disk = DiskSettings { folder: folder.path().to_owned(), limit: 64 << 20 };
    let open = || {
        let store = Store::on_disk(Limits { memory: 64 << 20 }, &disk).unwrap();
        store.replay(|damaged| panic!("{damaged:?}"));
        store
    };
    let body = logs_of("a", vec![log(1, 1, 9, "later"), log(1, 1, 5, "sooner")]);
    let store = open();
    store.ingest_logs(body.clone()).unwrap();
    store.ingest(of("a", vec![span(1, 1, 0)])).unwrap();
    store.ingest_logs(logs_of("b", vec![log(1, 1, 7, "between")])).unwrap();
    drop(store);
    let store = open();
    assert_eq!(texts(&store, 1), ["sooner", "between", "later"]);
    assert_eq!(store.trace(trace_id(1)).unwrap().spans().len(), 1);
    assert_eq!(store.ingest_logs(body).unwrap().duplicates, 2);
}

#[test]
fn of_a_malformed_request_nothing_is_stored() {
    let store = store();
    let mut body = logs_of("a", vec![log(1, 1, 5, "text")]);
    body.pop();
    assert!(store.ingest_logs(body).is_err());
    assert_eq!(store.stats().logs, 0);
}
