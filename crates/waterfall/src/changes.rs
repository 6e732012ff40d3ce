//! Which traces changed, for those who watch: gathered, bounded, at most ten times a second.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{Notify, broadcast};
use trace_model::TraceId;

/// Changes of one trace come at most this often; the first comes at once.
const INTERVAL: Duration = Duration::from_millis(100);
/// A flood of new traces is told as one [`Change::Many`]: a list that long nobody reads.
const MAX_AT_ONCE: usize = 500;
/// How many gatherings a slow watcher may fall behind before it is told to start over.
const BACKLOG: usize = 16;

/// What a watcher is told.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Traces(Arc<[(TraceId, u64)]>),
    /// More than can be listed: look again at whatever you show.
    Many,
}

#[derive(Debug, Default)]
struct Gathered {
    versions: HashMap<TraceId, u64>,
    many: bool,
}

/// Where changes are reported and watched.
#[derive(Debug)]
pub(crate) struct Changes {
    gathered: Mutex<Gathered>,
    some: Notify,
    sender: broadcast::Sender<Change>,
}

impl Changes {
    pub(crate) fn new() -> Self {
        let (sender, _) = broadcast::channel(BACKLOG);
        Self { gathered: Mutex::default(), some: Notify::new(), sender }
    }

    /// Costs nothing while nobody watches.
    pub(crate) fn report(&self, changed: &[(TraceId, u64)]) {
        if changed.is_empty() || self.sender.receiver_count() == 0 {
            return;
        }
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, version) in changed {
            if gathered.versions.len() >= MAX_AT_ONCE && !gathered.versions.contains_key(id) {
                gathered.many = true;
                break;
            }
            gathered.versions.insert(*id, *version);
        }
        drop(gathered);
        self.some.notify_one();
    }

    pub(crate) fn watch(&self) -> broadcast::Receiver<Change> {
        self.sender.subscribe()
    }

    /// Tells the watchers, until it is dropped.
    pub(crate) async fn tell(&self) {
        loop {
            self.some.notified().await;
            let gathered = std::mem::take(&mut *self.gathered.lock().unwrap_or_else(PoisonError::into_inner));
            let change = if gathered.many {
                Change::Many
            } else {
                Change::Traces(gathered.versions.into_iter().collect())
            };
            // Nobody left to hear it is no fault.
            let _ = self.sender.send(change);
            tokio::time::sleep(INTERVAL).await;
        }
    }
}
