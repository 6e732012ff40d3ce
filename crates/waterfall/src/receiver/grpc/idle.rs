//! Open gRPC connections, of which the least active one is closed when a new sender needs its place.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use tokio::sync::Notify;

/// The open connections.
#[derive(Debug, Clone, Default)]
pub(super) struct Connections(Arc<Mutex<Open>>);

#[derive(Debug, Default)]
struct Open {
    next: u64,
    by_number: HashMap<u64, Activity>,
}

#[derive(Debug)]
struct Activity {
    running_calls: usize,
    /// When it was opened, or its last call ended.
    idle_since: Instant,
    close: Arc<Notify>,
}

/// An open connection. It is forgotten when dropped.
#[derive(Debug)]
pub(super) struct Connection {
    number: u64,
    close: Arc<Notify>,
    connections: Connections,
}

/// A call that is running on a connection.
#[derive(Debug)]
pub(super) struct RunningCall(Arc<Connection>);

impl Connections {
    pub(super) fn open(&self) -> Arc<Connection> {
        let close = Arc::new(Notify::new());
        let mut open = self.lock();
        let number = open.next;
        open.next += 1;
        let activity = Activity { running_calls: 0, idle_since: Instant::now(), close: close.clone() };
        open.by_number.insert(number, activity);
        drop(open);
        Arc::new(Connection { number, close, connections: self.clone() })
    }

    /// Asks the connection without calls that has been idle for longest to close. Nothing happens when all are busy.
    pub(super) fn close_least_active(&self) {
        let mut open = self.lock();
        let idle = open.by_number.iter().filter(|(_, activity)| activity.running_calls == 0);
        let least_active = idle.min_by_key(|(_, activity)| activity.idle_since).map(|(number, _)| *number);
        // It is forgotten at once: the next request for a place must not choose it again while it closes.
        if let Some(activity) = least_active.and_then(|number| open.by_number.remove(&number)) {
            activity.close.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// Returns when the connection is to be closed.
    pub(super) async fn must_close(&self) {
        self.close.notified().await;
    }

    pub(super) fn begin_call(self: &Arc<Self>) -> RunningCall {
        self.change(|activity| activity.running_calls += 1);
        RunningCall(self.clone())
    }

    fn change(&self, change: impl FnOnce(&mut Activity)) {
        if let Some(activity) = self.connections.lock().by_number.get_mut(&self.number) {
            change(activity);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.connections.lock().by_number.remove(&self.number);
    }
}

impl Drop for RunningCall {
    fn drop(&mut self) {
        self.0.change(|activity| {
            activity.running_calls -= 1;
            activity.idle_since = Instant::now();
        });
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn the_longest_idle_connection_without_calls_is_closed() {
        let connections = Connections::default();
        let [busy, first, second] = [(); 3].map(|()| connections.open());
        let _call = busy.begin_call();
        drop(first.begin_call());
        // `second` was opened later, and `first` has been active since.
        connections.close_least_active();
        let closing = [&busy, &first, &second].map(|one| one.must_close().now_or_never().is_some());
        assert_eq!(closing, [false, false, true]);
        // `second` is closing, and still exists.
        connections.close_least_active();
        assert_eq!(first.must_close().now_or_never(), Some(()));
    }
}
