//! Opens a database: connection pools and migrations. Explains why one cannot be opened.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use tokio::time::timeout;

use crate::error::OpenError;
use crate::pool::{Pool, Purpose, WAIT, connect};
use crate::runtime::Runtime;
use crate::url::{DatabaseUrl, Location, System};
use crate::write_check::WriteCheck;

/// How long the shutdown waits for connections to close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// The migrations of a service, oldest first: description and SQL. The version is the position in the list.
pub type Migrations = &'static [(&'static str, &'static str)];

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
        let readers = match Pool::connect(url, Purpose::Read).await {
            Ok(readers) => readers,
            Err(error) => return Err(connect_error(url, error).await),
        };
        migrate(url, migrations).await?;
        let writers = match Pool::connect(url, Purpose::Write).await {
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

/// Explains why the first connection failed.
async fn connect_error(url: &DatabaseUrl, error: sqlx::Error) -> OpenError {
    // The pool retries some errors until its timeout, and loses them. One more attempt shows the error.
    let error = match error {
        sqlx::Error::PoolTimedOut => match timeout(WAIT, connect(url, Purpose::Read)).await {
            Ok(Err(error)) => error,
            Ok(Ok(_)) | Err(_) => sqlx::Error::Io(io::ErrorKind::TimedOut.into()),
        },
        error => error,
    };
    if let sqlx::Error::Configuration(_) = error {
        return OpenError::InvalidUrl(error);
    }
    if let Some(path) = url.file() {
        return file_error(path, url.creates_file(), error);
    }
    let server = url.server_name();
    match error {
        source @ sqlx::Error::Database(_) => OpenError::Rejected { server, source },
        sqlx::Error::Io(source) => OpenError::Unreachable { server, source: source.into() },
        source => OpenError::Unreachable { server, source: source.into() },
    }
}

/// Runs the migrations on a connection of their own, which waits longer for locks than a request may.
async fn migrate(url: &DatabaseUrl, migrations: Migrations) -> Result<(), OpenError> {
    let mut connection = match connect(url, Purpose::Migrate).await {
        Ok(connection) => connection,
        Err(error) => return Err(connect_error(url, error).await),
    };
    let migrated = migrator(migrations).run(&mut connection).await;
    migrated.map_err(|source| OpenError::Migrate { database: url.to_string(), source })?;
    // Whether it closes properly changes nothing: its work is committed.
    let _ = connection.close().await;
    Ok(())
}

/// SQLite only reports that it is "unable to open database file". The operating system knows why.
fn file_error(path: PathBuf, create: bool, error: sqlx::Error) -> OpenError {
    match File::options().write(true).create(create).truncate(false).open(&path) {
        Err(source) if source.kind() == io::ErrorKind::NotFound && !create => OpenError::MissingFile { path },
        Err(source) => OpenError::File { path, source: source.into() },
        Ok(_) => OpenError::File { path, source: error.into() },
    }
}

fn migrator(migrations: Migrations) -> Migrator {
    let migrations = (1..).zip(migrations).map(|(version, (description, sql))| {
        let description = Cow::Borrowed(*description);
        Migration::new(
            version,
            description,
            MigrationType::Simple,
            sqlx::SqlSafeStr::into_sql_str(*sql),
            false,
        )
    });
    Migrator::with_migrations(migrations.collect())
}
