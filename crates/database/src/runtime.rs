//! The Tokio runtime that owns a pool's connections.
//!
//! A socket is driven by the runtime on which it was opened. Each worker thread of a server has its own runtime,
//! but all share one pool. A connection that a worker opened would stop working when that worker ends, whichever
//! thread uses it by then. So every connection is opened on the runtime that opened the database, whichever thread
//! asks for one.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::url::System;

/// How long a statement may take with the wait for its connection. PostgreSQL ends it before that; a host that has
/// lost its power does not.
const STATEMENT_LIMIT: Duration = Duration::from_secs(8);

/// The runtime that opened the database; it must outlive the pool. None for SQLite, which has no sockets.
#[derive(Clone)]
pub(crate) struct Runtime(Option<Handle>);

impl Runtime {
    pub(crate) fn current(system: System) -> Self {
        Self((system == System::Postgresql).then(Handle::current))
    }

    pub(crate) fn handle(&self) -> Option<&Handle> {
        self.0.as_ref()
    }

    /// Runs a statement, in 8 s at most if its database is a server.
    pub(crate) async fn run_statement<T>(
        &self,
        statement: impl Future<Output = sqlx::Result<T>>,
    ) -> sqlx::Result<T> {
        if self.0.is_none() {
            return statement.await;
        }
        let bounded = self.run(timeout(STATEMENT_LIMIT, statement)).await;
        bounded.unwrap_or_else(|_| Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into())))
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
