//! `/api/stream`: new and changed traces as server-sent events: `event: trace`, its data
//! `{"trace_id":"4bf9..","version":7}`. With `?q=` only traces that match the text query.
//!
//! A stream on which nothing happens says `alive` every 15 seconds, so that neither a proxy nor a page takes it for dead.
//!
//! A watcher that reads slowly costs the socket's buffer and a place in a short queue, and no more: when the queue
//! has passed it by it gets one `resync` event, which tells it to look again. So does one that comes back (it then names the
//! last event that it saw): what it missed meanwhile is not kept for anybody.

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

use super::{State, error};
use crate::changes::Change;

/// A word that often keeps proxies from closing the connection, and tells a page that it is there still. (A page is not
/// told of comments.)
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Watchers at once; each is an open page.
const MAX_WATCHERS: usize = 256;
/// Of them, those with a query, which every change is held against.
const MAX_FILTERED: usize = 32;

#[derive(Deserialize)]
pub(super) struct Filter {
    #[serde(default)]
    q: String,
}

pub(super) async fn stream(
    state: web::Data<State>,
    request: HttpRequest,
    filter: Option<web::Query<Filter>>,
) -> HttpResponse {
    let text = filter.map(|filter| filter.into_inner().q).filter(|text| !text.trim().is_empty());
    let query = match text.as_deref().map(Query::parse).transpose() {
        Ok(query) => query.map(Arc::new),
        Err(cause) => return error(StatusCode::BAD_REQUEST, &cause.to_string()),
    };
    let places = [(true, &state.watchers, MAX_WATCHERS), (query.is_some(), &state.filtered, MAX_FILTERED)];
    let mut taken = Vec::new();
    for (_, watchers, most) in places.into_iter().filter(|(wanted, ..)| *wanted) {
        let Some(place) = Place::take(watchers, most) else {
            return error(StatusCode::SERVICE_UNAVAILABLE, "too many watch already");
        };
        taken.push(place);
    }
    let watcher = Watcher {
        changes: state.changes.watch(),
        store: state.store.clone(),
        query,
        shutdown: state.shutdown.clone(),
        hello: Some(request.headers().contains_key("last-event-id")),
        _places: taken,
    };
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(stream::unfold(watcher, next))
}

struct Watcher {
    changes: Receiver<Change>,
    store: Arc<Store>,
    query: Option<Arc<Query>>,
    shutdown: Shutdown,
    /// Still to be said, and whether it comes back.
    hello: Option<bool>,
    _places: Vec<Place>,
}

/// One watcher's place, given back when it leaves.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(watchers: &Arc<AtomicUsize>, most: usize) -> Option<Self> {
        let room = |taken: usize| (taken < most).then_some(taken + 1);
        watchers.fetch_update(Ordering::AcqRel, Ordering::Acquire, room).ok()?;
        Some(Self(watchers.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

const RESYNC: &str = "event: resync\ndata: {}\n\n";
const ALIVE: &str = "event: alive\ndata: {}\n\n";

async fn next(mut watcher: Watcher) -> Option<(Result<Bytes, actix_web::Error>, Watcher)> {
    if let Some(comes_back) = watcher.hello.take() {
        // Something at once, so that the page knows that it is connected.
        let hello = format!("retry: 1000\n: connected\n\n{}", if comes_back { RESYNC } else { "" });
        return Some((Ok(hello.into()), watcher));
    }
    let quiet_until = Instant::now() + KEEP_ALIVE;
    loop {
        let text = tokio::select! {
            () = watcher.shutdown.requested() => return None,
            () = tokio::time::sleep_until(quiet_until) => ALIVE.to_owned(),
            change = watcher.changes.recv() => match change {
                Ok(Change::Traces(changed)) => events(&watcher.wanted(changed).await),
                Ok(Change::Many) | Err(RecvError::Lagged(_)) => RESYNC.to_owned(),
                Err(RecvError::Closed) => return None,
            },
        };
        if !text.is_empty() {
            return Some((Ok(text.into()), watcher));
        }
    }
}

impl Watcher {
    /// The changes that match.
    async fn wanted(&self, changed: Arc<[(TraceId, u64)]>) -> Vec<(TraceId, u64)> {
        let Some(query) = self.query.clone() else { return changed.to_vec() };
        let (store, ids) = (self.store.clone(), changed.clone());
        let matching = web::block(move || store.matching(&query, ids.iter().map(|(id, _)| *id))).await;
        let matching: HashSet<_> = matching.unwrap_or_default().into_iter().collect();
        changed.iter().filter(|(id, _)| matching.contains(id)).copied().collect()
    }
}

fn events(changed: &[(TraceId, u64)]) -> String {
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
