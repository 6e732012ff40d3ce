//! Whole answers, for who knows nothing of cursors: a search is gone on with until it is at its end.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::web;
use trace_store::{Query, Store, TraceSummary};

/// How long a search may take; programs mostly give up after 30 s.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// No answer that programs take for a reason to ask the same again.
pub(super) const TOO_LONG: &str =
    "the search takes too long: ask for less time, for one operation or for fewer traces";

/// The newest traces that match, as many as asked for and there are; None when that takes longer than `patience`.
/// Every step is short, and none follows when nobody waits for the answer any more.
pub(super) async fn search(
    store: &Arc<Store>,
    query: Query,
    limit: usize,
    patience: Duration,
) -> Option<Vec<Arc<TraceSummary>>> {
    let begun = Instant::now();
    let query = Arc::new(query);
    let mut traces = Vec::new();
    let mut next = None;
    loop {
        let (store, query, wanted) = (store.clone(), query.clone(), limit - traces.len());
        let found = web::block(move || store.search_from(&query, wanted, next)).await.ok()?;
        traces.extend(found.traces);
        next = found.next;
        if next.is_none() || traces.len() >= limit {
            return Some(traces);
        }
        if begun.elapsed() >= patience {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use trace_model::otlp::traces_to_protobuf;
    use trace_store::{Limits, Query};

    use super::*;

    /// More traces than one step reads: each has 256 KiB in an attribute.
    fn filled() -> Arc<Store> {
        let store = Store::in_memory(Limits { memory: 256 << 20 });
        let text = "x".repeat(256 << 10);
        for id in 1..=100 {
            let span = format!(
                r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"{id:032x}","spanId":"{id:016x}","name":"GET",
                "startTimeUnixNano":"1","endTimeUnixNano":"2","attributes":[
                {{"key":"large","value":{{"stringValue":"{text}"}}}},{{"key":"a","value":{{"stringValue":"b"}}}}]}}]}}]}}]}}"#
            );
            store.ingest(traces_to_protobuf(span.as_bytes()).unwrap()).unwrap();
        }
        Arc::new(store)
    }

    #[actix_web::test]
    async fn a_search_gives_all_or_nothing() {
        let store = filled();
        let query = Query::parse("a=b").unwrap();
        assert!(store.search(&query, 100).has_more, "one step must not be enough");
        let found = search(&store, query.clone(), 1_000, PATIENCE).await;
        assert_eq!(found.map(|found| found.len()), Some(100));
        let found = search(&store, query.clone(), 30, Duration::ZERO).await;
        assert_eq!(found.map(|found| found.len()), Some(30));
        assert!(search(&store, query, 100, Duration::ZERO).await.is_none());
    }
}
