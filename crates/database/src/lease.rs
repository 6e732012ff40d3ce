//! A pooled connection in use.
//!
//! sqlx tests a connection that is returned, and waits for the response without limit. The host of a server that has
//! lost its power never responds, and each of these connections would take a place in the pool until TCP gives up, a
//! quarter of an hour later.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection};

use crate::runtime::Runtime;

/// How long a statement waits for a free connection, and a transaction until it begins. After that it fails as overloaded.
pub(crate) const WAIT: Duration = Duration::from_secs(2);

/// A pooled connection. Dropping it returns it to the pool, or closes it when its server does not respond within 2 s.
pub(crate) struct Lease {
    connection: PoolConnection<Any>,
    runtime: Runtime,
}

impl Lease {
    pub(crate) fn new(connection: PoolConnection<Any>, runtime: Runtime) -> Self {
        Self { connection, runtime }
    }
}

impl Deref for Lease {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.connection
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.connection
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.handle() {
            // Dropped before its end, it closes the connection.
            let returned = self.connection.return_to_pool();
            runtime.spawn(async move { tokio::time::timeout(WAIT, returned).await });
        }
    }
}
