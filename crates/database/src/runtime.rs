//! Which runtime the connections belong to.
//!
//! A connection's socket is driven by the runtime on which it was opened. Every worker thread of a server has a runtime
//! of its own, while the pool is shared: a connection that a worker opened would die with it, in the hands of whoever
//! has it by then. So all connections are opened on the runtime that opened the database, wherever they are asked for.

use std::future::poll_fn;
use std::pin::pin;

use tokio::runtime::Handle;

use crate::url::System;

/// The runtime that opened the database, and must live as long; none for SQLite, which has no sockets.
#[derive(Clone)]
pub(crate) struct Runtime(Option<Handle>);

impl Runtime {
    pub(crate) fn current(system: System) -> Self {
        Self((system == System::Postgresql).then(Handle::current))
    }

    /// Does `work` as if on this runtime.
    pub(crate) async fn run<F: Future>(&self, work: F) -> F::Output {
        let Some(runtime) = &self.0 else { return work.await };
        let mut work = pin!(work);
        poll_fn(|context| {
            let _entered = runtime.enter();
            work.as_mut().poll(context)
        })
        .await
    }
}
