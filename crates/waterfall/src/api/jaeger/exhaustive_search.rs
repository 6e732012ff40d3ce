//! Search for clients without cursors: it continues until it has found the requested number of traces, or all.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::web;
use trace_store::{Query, Store, TraceSummary};

/// How long a search may take. Most clients give up after 30 s.
pub(super) const SEARCH_TIMEOUT: Duration = Duration::from_secs(20);

/// Message of a search that timed out. Its status is no 5xx, because clients would retry the same search.
pub(super) const TIMED_OUT: &str =
    "the search took too long; search a shorter time range, one operation or fewer traces";

/// Finds the newest `limit` matching traces. `None` when it takes longer than `search_timeout`.
///
/// Each step is short. When the client disconnects, the future is dropped and no further step runs.
pub(super) async fn search(
    store: &Arc<Store>,
    query: Query,
    limit: usize,
    search_timeout: Duration,
) -> Option<Vec<Arc<TraceSummary>>> {
    let started = Instant::now();
    let query = Arc::new(query);
    let mut traces = Vec::new();
    let mut cursor = None;
    loop {
        let (store, query, remaining) = (store.clone(), query.clone(), limit - traces.len());
        let page = web::block(move || store.search_from(&query, remaining, cursor)).await.ok()?;
        traces.extend(page.traces);
        cursor = page.next;
        if cursor.is_none() || traces.len() >= limit {
            return Some(traces);
        }
        if started.elapsed() >= search_timeout {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use trace_model::otlp::traces_to_protobuf;
    use trace_store::{Limits, Query};

    use super::*;

    /// A store with more traces than one step reads: each has an attribute of 256 KiB.
    fn large_store() -> Arc<Store> {
        let store = Store::in_memory(Limits { memory: 256 << 20 });
        let text = "x".repeat(256 << 10);
        for id in 1..=100 {
            let span = format!(
                r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"{id:032x}","spanId":"{id:016x}","name":"GET",
                "startTimeUnixNano":"1","endTimeUnixNano":"2","attributes":[
                {{"key":"large","value":{{"stringValue":"{text}"}}}},{{"key":"a","value":{{"stringValue":"b"}}}}]}}]}}]}}]}}"#
            );
            store.ingest(traces_to_protobuf(span.as_bytes()).unwrap().protobuf).unwrap();
        }
        Arc::new(store)
    }

    #[actix_web::test]
    async fn a_search_returns_all_traces_or_times_out() {
        let store = large_store();
        let query = Query::parse("a=b").unwrap();
        assert!(store.search(&query, 100).has_more, "the test needs more than one step");
        let found = search(&store, query.clone(), 1_000, SEARCH_TIMEOUT).await;
        assert_eq!(found.map(|found| found.len()), Some(100));
        let found = search(&store, query.clone(), 30, Duration::ZERO).await;
        assert_eq!(found.map(|found| found.len()), Some(30));
        assert!(search(&store, query, 100, Duration::ZERO).await.is_none());
    }
}
