//! Benchmark of queries over a million spans, in memory and on disk: `cargo bench -p trace-store --bench search`.
//!
//! It measures the CPU time of the querying thread, so that other processes do not count. Each query runs twenty times.
//! The minimum and the 95th percentile are printed, and whether the percentile exceeds its budget. With `--check`, the
//! benchmark fails when a minimum exceeds its budget by half: the time of a thread contains what a hypervisor takes from
//! it, so that a percentile says as much of other machines as of the query. Other processes evict the caches and share the
//! memory's bandwidth, which slows all queries: a query that would fail is measured up to three times, and its budget grows
//! by what a fixed amount of work takes longer at that moment than on a quiet machine ([`Reference`]).

mod large_trace;
mod measure;
mod queries;
mod spans;

use std::time::{Duration, Instant};

use trace_store::{DiskSettings, Limits, MetricsQuery, Query, Store};

use crate::{
    measure::Budgets,
    queries::QUERIES,
    spans::{TRACES, TRACES_PER_BATCH, request},
};

const SEARCH: Duration = Duration::from_millis(50);
const COMPLETION: Duration = Duration::from_millis(20);
const METRICS: Duration = Duration::from_millis(100);

fn main() {
    let check = std::env::args().any(|arg| arg == "--check");
    let mut budgets = Budgets::new();
    let store = Store::in_memory(Limits { memory: 4 << 30 });
    search(&mut budgets, "in memory", &store);
    drop(store);
    let folder = tempfile::tempdir().expect("a folder");
    let disk = DiskSettings { folder: folder.path().to_owned(), limit: 8 << 30 };
    let store = Store::on_disk(Limits { memory: 1 << 30 }, &disk).expect("a store");
    search(&mut budgets, "on disk", &store);
    drop(store);
    large_trace::measure(&mut budgets);
    assert!(!check || budgets.exceeded() == 0, "{} runs exceed their budget by half", budgets.exceeded());
}

/// Fills the store and queries it.
fn search(budgets: &mut Budgets, place: &str, store: &Store) {
    let started = Instant::now();
    for batch in 0..TRACES / TRACES_PER_BATCH {
        store.ingest(request(batch)).expect("a request");
    }
    let stats = store.stats();
    let (spans, bytes) = (stats.spans, stats.memory_bytes as u64 / stats.spans);
    println!("{place}: {spans} spans, {bytes} bytes of memory each, ingested in {:.1?}", started.elapsed());
    for text in QUERIES {
        let query = Query::parse(text).expect("a query");
        let whole = store.search(&query, 100);
        // The first page is complete: only the number of matches may have stopped the search.
        assert!(whole.traces.len() == 100 || !whole.has_more, "{text} is not complete on one page");
        budgets.run(SEARCH, text, || store.search(&query, 100).traces.len());
    }
    for text in ["", "http", "http.route=", "name=GET", "request.id=id-"] {
        budgets.run(COMPLETION, &format!("complete {text}"), || store.complete(text, text.len()).items.len());
    }
    let query = MetricsQuery { intervals: 40, ..MetricsQuery::default() };
    budgets.run(METRICS, "metrics and service map", || store.metrics(query).operations.len());
}
