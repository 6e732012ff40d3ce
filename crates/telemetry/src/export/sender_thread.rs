//! A thread that sends what waits in a queue, until the queue is stopped.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::Builder;
use std::time::Duration;

/// A handle to the thread.
#[derive(Debug)]
pub(crate) struct SenderThread {
    /// Disconnected when the thread has ended.
    ended: Mutex<Receiver<()>>,
}

impl SenderThread {
    pub(crate) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let (alive, ended) = channel::<()>();
        Builder::new().name(name.to_owned()).spawn(move || {
            run();
            drop(alive);
        })?;
        Ok(Self { ended: Mutex::new(ended) })
    }

    /// Waits for the thread. Returns whether it has ended within `limit`.
    pub(crate) fn ends_within(&self, limit: Duration) -> bool {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(ended.recv_timeout(limit), Err(RecvTimeoutError::Disconnected))
    }
}
