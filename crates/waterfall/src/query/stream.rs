//! `/api/stream`: new and changed traces as server-sent events.
//!
//! A watcher that reads slowly costs the socket's buffer and a place in a short queue, and no more: when the queue
//! has passed it by it gets one `resync` event, which tells it to look again.

use std::{
    fmt::Write,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::{self, Bytes},
};
use futures_util::stream;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{State, error};
use crate::{changes::Change, run::Shutdown};

/// A comment that often keeps proxies from closing the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Watchers at once; each is an open page.
const MAX_WATCHERS: usize = 256;

pub(super) async fn stream(state: web::Data<State>) -> HttpResponse {
    let Some(place) = Place::take(&state.watchers) else {
        return error(StatusCode::SERVICE_UNAVAILABLE, "too many watch already");
    };
    let watcher = Watcher {
        changes: state.changes.watch(),
        shutdown: state.shutdown.clone(),
        hello: true,
        _place: place,
    };
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(stream::unfold(watcher, next))
}

struct Watcher {
    changes: Receiver<Change>,
    shutdown: Shutdown,
    hello: bool,
    _place: Place,
}

/// One watcher's place, given back when it leaves.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(watchers: &Arc<AtomicUsize>) -> Option<Self> {
        let room = |taken: usize| (taken < MAX_WATCHERS).then_some(taken + 1);
        watchers.fetch_update(Ordering::AcqRel, Ordering::Acquire, room).ok()?;
        Some(Self(watchers.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

async fn next(mut watcher: Watcher) -> Option<(Result<Bytes, actix_web::Error>, Watcher)> {
    if std::mem::take(&mut watcher.hello) {
        // Something at once, so that the page knows that it is connected.
        return Some((Ok(Bytes::from_static(b"retry: 1000\n: connected\n\n")), watcher));
    }
    let text = tokio::select! {
        () = watcher.shutdown.requested() => return None,
        () = tokio::time::sleep(KEEP_ALIVE) => ": still here\n\n".to_owned(),
        change = watcher.changes.recv() => match change {
            Ok(Change::Traces(changed)) => events(&changed),
            Ok(Change::Many) | Err(RecvError::Lagged(_)) => "event: resync\ndata: {}\n\n".to_owned(),
            Err(RecvError::Closed) => return None,
        },
    };
    Some((Ok(text.into()), watcher))
}

fn events(changed: &[(trace_model::TraceId, u64)]) -> String {
    let mut text = String::with_capacity(changed.len() * 96);
    for (id, version) in changed {
        // Writing to a String cannot fail.
        let _ = write!(text, "event: trace\ndata: {{\"trace_id\":\"{id}\",\"version\":{version}}}\n\n");
    }
    text
}
