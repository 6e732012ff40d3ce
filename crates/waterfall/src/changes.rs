//! Notification of changed traces: receivers report changes, live update streams subscribe to them.
//!
//! Changes are batched, bounded in number, and sent to subscribers at most ten times a second.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{Notify, broadcast};
use trace_model::TraceId;

/// Time between two batches. The first change after a pause is sent at once.
const INTERVAL: Duration = Duration::from_millis(100);
/// Traces in one batch. More of them are sent as one [`Change::TooMany`], because no client applies a longer list.
const MAX_TRACES: usize = 500;
/// Batches that a slow subscriber may lag behind before it has to resynchronize.
const BACKLOG: usize = 16;

/// A batch of changes, as subscribers receive it.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// Changed traces with their new versions.
    Traces(Arc<[(TraceId, u64)]>),
    /// More traces changed than a batch lists: the client has to request its data again.
    TooMany,
}

/// Changes that are not sent yet.
#[derive(Debug, Default)]
struct Pending {
    versions: HashMap<TraceId, u64>,
    too_many: bool,
}

/// Broadcast channel for changed traces.
#[derive(Debug)]
pub(crate) struct Changes {
    pending: Mutex<Pending>,
    reported: Notify,
    sender: broadcast::Sender<Change>,
}

impl Changes {
    pub(crate) fn new() -> Self {
        let (sender, _) = broadcast::channel(BACKLOG);
        Self { pending: Mutex::default(), reported: Notify::new(), sender }
    }

    /// Adds changed traces to the next batch. Takes no lock while there is no subscriber.
    pub(crate) fn report(&self, changed: &[(TraceId, u64)]) {
        if changed.is_empty() || self.sender.receiver_count() == 0 {
            return;
        }
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, version) in changed {
            if pending.versions.len() >= MAX_TRACES && !pending.versions.contains_key(id) {
                pending.too_many = true;
                break;
            }
            pending.versions.insert(*id, *version);
        }
        drop(pending);
        self.reported.notify_one();
    }

    /// Lets the clients request their data again: which traces changed is not known.
    pub(crate) fn resync(&self) {
        if self.sender.receiver_count() > 0 {
            self.pending.lock().unwrap_or_else(PoisonError::into_inner).too_many = true;
            self.reported.notify_one();
        }
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.sender.subscribe()
    }

    /// Sends batches to the subscribers. Never returns; drop the future to stop it.
    pub(crate) async fn broadcast(&self) {
        loop {
            self.reported.notified().await;
            let pending = std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
            let change = if pending.too_many {
                Change::TooMany
            } else {
                Change::Traces(pending.versions.into_iter().collect())
            };
            // It fails when the last subscriber is gone.
            let _ = self.sender.send(change);
            tokio::time::sleep(INTERVAL).await;
        }
    }
}
