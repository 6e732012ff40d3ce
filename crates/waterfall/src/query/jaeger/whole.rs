//! Whole answers, for who knows nothing of cursors: a search is gone on with until it is at its end, and traces are
//! written one after another, so that an answer may be larger than what should be held at once.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{Error, HttpResponse, error::ErrorServiceUnavailable, web, web::Bytes};
use futures_util::stream;
use trace_model::TraceId;
use trace_store::{Query, Store, StoredTrace, Summary};

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
) -> Option<Vec<Arc<Summary>>> {
    let begun = Instant::now();
    let query = Arc::new(query);
    let mut traces = Vec::new();
    let mut next = None;
    loop {
        let (store, query, wanted) = (store.clone(), query.clone(), limit - traces.len());
        let found = web::block(move || store.search_from(&query, wanted, next)).await.ok()?;
        traces.extend(found.traces);
        next = found.older;
        if next.is_none() || traces.len() >= limit {
            return Some(traces);
        }
        if begun.elapsed() >= patience {
            return None;
        }
    }
}

/// Writes the parts of a list that come of one trace.
pub(super) type Write = fn(&StoredTrace) -> serde_json::Result<Vec<Vec<u8>>>;

struct Listing {
    store: Arc<Store>,
    /// Still to be written, the next one last.
    left: Vec<TraceId>,
    write: Write,
    /// Nothing of the list is written yet.
    is_empty: bool,
    /// What stands before the list, then what stands behind it.
    around: [Option<Bytes>; 2],
}

/// A JSON answer that is a list over traces, with what stands around it.
pub(super) fn list(
    store: &Arc<Store>,
    mut ids: Vec<TraceId>,
    around: [impl Into<Bytes>; 2],
    write: Write,
) -> HttpResponse {
    ids.reverse();
    let around = around.map(|text| Some(text.into()));
    let listing = Listing { store: store.clone(), left: ids, write, is_empty: true, around };
    HttpResponse::Ok().content_type("application/json").streaming(stream::unfold(listing, next))
}

async fn next(mut listing: Listing) -> Option<(Result<Bytes, Error>, Listing)> {
    let [before, behind] = &mut listing.around;
    if let Some(before) = before.take() {
        return Some((Ok(before), listing));
    }
    let Some(id) = listing.left.pop() else {
        let behind = behind.take()?;
        return Some((Ok(behind), listing));
    };
    let (store, write) = (listing.store.clone(), listing.write);
    let parts = web::block(move || store.trace(id).map(|trace| write(&trace))).await;
    let part = match parts {
        Ok(Some(Ok(parts))) => joined(&parts, &mut listing.is_empty),
        // It made room for newer ones meanwhile.
        Ok(None) => Bytes::new(),
        // An answer that breaks off is not taken for a whole one.
        Ok(Some(Err(cause))) => return Some((Err(cause.into()), listing)),
        Err(cause) => return Some((Err(ErrorServiceUnavailable(cause)), listing)),
    };
    Some((Ok(part), listing))
}

/// The parts with a comma before each but the first of the whole list.
fn joined(parts: &[Vec<u8>], is_empty: &mut bool) -> Bytes {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 1).sum());
    for part in parts {
        if !std::mem::take(is_empty) {
            bytes.push(b',');
        }
        bytes.extend_from_slice(part);
    }
    bytes.into()
}

#[cfg(test)]
mod tests {
    use trace_model::otlp::to_protobuf;
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
            store.ingest(to_protobuf(span.as_bytes()).unwrap()).unwrap();
        }
        Arc::new(store)
    }

    #[actix_web::test]
    async fn a_search_gives_all_or_nothing() {
        let store = filled();
        let query = Query::parse("a=b").unwrap();
        assert!(store.search(&query, 100).more, "one step must not be enough");
        let found = search(&store, query.clone(), 1_000, PATIENCE).await;
        assert_eq!(found.map(|found| found.len()), Some(100));
        let found = search(&store, query.clone(), 30, Duration::ZERO).await;
        assert_eq!(found.map(|found| found.len()), Some(30));
        assert!(search(&store, query, 100, Duration::ZERO).await.is_none());
    }
}
