//! The Tokio runtime that owns a pool's connections.
//!
//! A socket is driven by the runtime on which it was opened. Each worker thread of a server has its own runtime,
//! but all share one pool. A connection that a worker opened would stop working when that worker ends, whichever
//! thread uses it by then. So every connection is opened on the runtime that opened the database, whichever thread
//! asks for one.

use std::future::poll_fn;
use std::pin::pin;

use tokio::runtime::Handle;

use crate::url::System;

/// The runtime that opened the database; it must outlive the pool. None for SQLite, which has no sockets.
#[derive(Clone)]
pub(crate) struct Runtime(Option<Handle>);

impl Runtime {
    pub(crate) fn current(system: System) -> Self {
        Self((system == System::Postgresql).then(Handle::current))
    }

    /// Polls `future` in the context of this runtime.
    pub(crate) async fn run<F: Future>(&self, future: F) -> F::Output {
        let Some(runtime) = &self.0 else { return future.await };
        let mut future = pin!(future);
        poll_fn(|context| {
            let _entered = runtime.enter();
            future.as_mut().poll(context)
        })
        .await
    }
}
