//! Opens a database: connection pools and migrations.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use crate::connect_error::connect_error;
use crate::error::OpenError;
use crate::failures::Failures;
use crate::migrate::{Migrations, migrate};
use crate::pool::{Pool, Purpose};
use crate::runtime::Runtime;
use crate::url::{DatabaseUrl, Location, System};
use crate::write_check::WriteCheck;

/// How long the shutdown waits for connections to close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// A database. Clones are cheap and share its connections.
#[derive(Clone)]
pub struct Database {
    pub(crate) readers: Pool,
    pub(crate) writers: Pool,
    pub(crate) write_check: WriteCheck,
    pub(crate) system: System,
    pub(crate) location: Arc<Location>,
    pub(crate) runtime: Runtime,
}

impl Database {
    /// Opens the database and runs its migrations. Its connections belong to the current runtime, which must outlive them.
    ///
    /// # Errors
    /// [`OpenError`] when no connection can be opened, or a migration fails.
    pub async fn open(url: &DatabaseUrl, migrations: Migrations) -> Result<Self, OpenError> {
        // sqlx needs this once per process; a second call changes nothing.
        let _ = sqlx::any::install_drivers(&[sqlx::sqlite::any::DRIVER, sqlx::postgres::any::DRIVER]);
        if url.creates_file() {
            create_directory(url)?;
        }
        let readers = match Pool::connect(url, Purpose::Read, Failures::default()).await {
            Ok(readers) => readers,
            Err(error) => return Err(connect_error(url, error).await),
        };
        migrate(url, migrations).await?;
        let failures = Failures::of_writers(readers.failures.clone());
        let writers = match Pool::connect(url, Purpose::Write, failures).await {
            Ok(writers) => writers,
            Err(error) => return Err(connect_error(url, error).await),
        };
        Ok(Self {
            readers,
            writers,
            write_check: WriteCheck::default(),
            system: url.system(),
            location: Arc::new(url.location()),
            runtime: Runtime::current(url.system()),
        })
    }

    /// The pool for a statement outside a transaction.
    pub(crate) fn pool(&self, reads: bool) -> &Pool {
        if reads { &self.readers } else { &self.writers }
    }

    /// Closes every connection after its current statement. SQLite merges its write-ahead log into the file.
    pub async fn close(&self) {
        let close =
            async { tokio::join!(self.readers.connections.close(), self.writers.connections.close()) };
        if timeout(CLOSE_TIMEOUT, close).await.is_err() {
            tracing::warn!("database connections did not close in time");
        }
    }

    pub fn system(&self) -> System {
        self.system
    }
}

fn create_directory(url: &DatabaseUrl) -> Result<(), OpenError> {
    let Some(path) = url.file() else { return Ok(()) };
    let Some(directory) = path.parent() else { return Ok(()) };
    std::fs::create_dir_all(directory).map_err(|source| OpenError::Directory { path, source })
}
