//! `GET /api/stream`: live updates as server-sent events.
//!
//! | event | data | meaning |
//! |---|---|---|
//! | `trace` | `{"trace_id":"4bf9..","version":7}` | a new or changed trace; with `?q=`, only if it matches the query |
//! | `resync` | `{}` | events were lost: the client has to request its data again |
//! | `alive` | `{}` | nothing happened for 15 seconds: keeps proxies and pages from taking the connection for dead |
//!
//! A client that reads slowly occupies a socket buffer and a position in a short queue. When it lags behind that
//! queue it gets `resync`. So does a client that reconnects with `Last-Event-ID`, because missed events are not stored.

use std::{
    collections::HashSet,
    fmt::Write,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{self, Bytes},
};
use futures_util::stream;
use process::Shutdown;
use serde::Deserialize;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::Instant,
};
use trace_model::TraceId;
use trace_store::{Query, Store};

use super::state::State;
use crate::{changes::Change, error_response::error};

/// Time without events after which `alive` is sent. It is an event, because pages cannot see comments.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Open streams; each is an open page.
const MAX_STREAMS: usize = 256;
/// Open streams with a query, which is evaluated for every change.
const MAX_FILTERED_STREAMS: usize = 32;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/api/stream").get(stream));
}

#[derive(Deserialize)]
struct Filter {
    #[serde(default)]
    q: String,
}

async fn stream(
    state: web::Data<State>,
    request: HttpRequest,
    filter: Option<web::Query<Filter>>,
) -> HttpResponse {
    let text = filter.map(|filter| filter.into_inner().q).filter(|text| !text.trim().is_empty());
    let query = match text.as_deref().map(Query::parse).transpose() {
        Ok(query) => query.map(Arc::new),
        Err(cause) => return error(StatusCode::BAD_REQUEST, &cause.to_string()),
    };
    let Some(slots) = Slots::acquire(&state, query.is_some()) else {
        let message = "too many live update streams are open; close some pages of the waterfall";
        return error(StatusCode::SERVICE_UNAVAILABLE, message);
    };
    let subscriber = Subscriber {
        changes: state.changes.subscribe(),
        store: state.store.clone(),
        query,
        shutdown: state.shutdown.clone(),
        greeting: Some(greeting(request.headers().contains_key("last-event-id"))),
        _slots: slots,
    };
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(stream::unfold(subscriber, next))
}

struct Subscriber {
    changes: Receiver<Change>,
    store: Arc<Store>,
    query: Option<Arc<Query>>,
    shutdown: Shutdown,
    /// Not sent yet.
    greeting: Option<String>,
    _slots: Slots,
}

/// Slots among the open streams, released when the stream ends.
struct Slots(Vec<Arc<AtomicUsize>>);

impl Slots {
    /// `None` when too many streams are open.
    fn acquire(state: &State, has_query: bool) -> Option<Self> {
        let mut slots = Self(Vec::with_capacity(2));
        slots.add(&state.streams, MAX_STREAMS)?;
        if has_query {
            slots.add(&state.filtered_streams, MAX_FILTERED_STREAMS)?;
        }
        Some(slots)
    }

    fn add(&mut self, open: &Arc<AtomicUsize>, max: usize) -> Option<()> {
        let increment = |count: usize| (count < max).then_some(count + 1);
        open.fetch_update(Ordering::AcqRel, Ordering::Acquire, increment).ok()?;
        self.0.push(open.clone());
        Some(())
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        for open in &self.0 {
            open.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

const RESYNC: &str = "event: resync\ndata: {}\n\n";
const ALIVE: &str = "event: alive\ndata: {}\n\n";

/// Sent at once, so that the page knows that it is connected.
fn greeting(is_reconnect: bool) -> String {
    format!("retry: 1000\n: connected\n\n{}", if is_reconnect { RESYNC } else { "" })
}

async fn next(mut subscriber: Subscriber) -> Option<(Result<Bytes, actix_web::Error>, Subscriber)> {
    if let Some(greeting) = subscriber.greeting.take() {
        return Some((Ok(greeting.into()), subscriber));
    }
    let alive_at = Instant::now() + KEEP_ALIVE;
    loop {
        let text = tokio::select! {
            () = subscriber.shutdown.requested() => return None,
            () = tokio::time::sleep_until(alive_at) => ALIVE.to_owned(),
            change = subscriber.changes.recv() => match change {
                Ok(Change::Traces(changed)) => trace_events(&subscriber.matching(changed).await),
                Ok(Change::TooMany) | Err(RecvError::Lagged(_)) => RESYNC.to_owned(),
                Err(RecvError::Closed) => return None,
            },
        };
        if !text.is_empty() {
            return Some((Ok(text.into()), subscriber));
        }
    }
}

impl Subscriber {
    /// The changed traces that match the query.
    async fn matching(&self, changed: Arc<[(TraceId, u64)]>) -> Vec<(TraceId, u64)> {
        let Some(query) = self.query.clone() else { return changed.to_vec() };
        let (store, ids) = (self.store.clone(), changed.clone());
        let matching = web::block(move || store.matching(&query, ids.iter().map(|(id, _)| *id))).await;
        let matching: HashSet<_> = matching.unwrap_or_default().into_iter().collect();
        changed.iter().filter(|(id, _)| matching.contains(id)).copied().collect()
    }
}

fn trace_events(changed: &[(TraceId, u64)]) -> String {
    let mut text = String::with_capacity(changed.len() * 112);
    for (id, version) in changed {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "id: {version}\nevent: trace\ndata: {{\"trace_id\":\"{id}\",\"version\":{version}}}\n\n"
        );
    }
    text
}
