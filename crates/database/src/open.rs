//! Opens a database: connection pool, connection settings, migrations.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Connection as _};
use tokio::time::timeout;

use crate::error::{DatabaseError, OpenError};
use crate::runtime::Runtime;
use crate::transaction::Transaction;
use crate::url::{DatabaseUrl, Location, System};

/// How long a request waits for a free connection. After that it fails as overloaded.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long the shutdown waits for connections to close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// Bounds a statement of PostgreSQL. No statement takes as long, and no client waits for as long.
const STATEMENT_TIMEOUT: &str = "SET statement_timeout = '30s'";
/// SQLite has one writer, and more readers than this only take memory.
const SQLITE_CONNECTIONS: u32 = 4;
const POSTGRESQL_CONNECTIONS: u32 = 10;
/// Page cache of one SQLite connection, in KiB.
const SQLITE_CACHE_KIB: i32 = 2048;

/// The migrations of a service, oldest first: description and SQL. The version is the position in the list.
pub type Migrations = &'static [(&'static str, &'static str)];

/// A database. Clones are cheap and share one connection pool.
#[derive(Clone)]
pub struct Database {
    pub(crate) pool: AnyPool,
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
        let pool = match pool_options(url.system()).connect(url.as_str()).await {
            Ok(pool) => pool,
            Err(error) => return Err(connect_error(url, error).await),
        };
        let migrated = migrator(migrations).run(&pool).await;
        migrated.map_err(|source| OpenError::Migrate { database: url.to_string(), source })?;
        let runtime = Runtime::current(url.system());
        Ok(Self { pool, system: url.system(), location: Arc::new(url.location()), runtime })
    }

    /// Begins a transaction. It is rolled back when dropped without [`Transaction::commit`].
    ///
    /// # Errors
    /// [`DatabaseError`] when no connection is free in time.
    pub async fn begin(&self) -> Result<Transaction, DatabaseError> {
        // A plain BEGIN of SQLite takes the write lock later, and fails instead of waiting when it is taken.
        let begin = match self.system {
            System::Sqlite => "BEGIN IMMEDIATE",
            System::Postgresql => "BEGIN",
        };
        let inner = self.runtime.run(self.pool.begin_with(begin)).await?;
        Ok(Transaction {
            inner,
            system: self.system,
            location: Arc::clone(&self.location),
            runtime: self.runtime.clone(),
        })
    }

    /// Checks that the database responds, without a span.
    ///
    /// # Errors
    /// [`DatabaseError`] when it does not.
    pub async fn ping(&self) -> Result<(), DatabaseError> {
        self.runtime.run(sqlx::query("SELECT 1").execute(&self.pool)).await?;
        Ok(())
    }

    /// Closes every connection after its current statement. SQLite merges its write-ahead log into the file.
    pub async fn close(&self) {
        if timeout(CLOSE_TIMEOUT, self.pool.close()).await.is_err() {
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
        sqlx::Error::PoolTimedOut => match timeout(ACQUIRE_TIMEOUT, connect(url)).await {
            Ok(Err(error)) => error,
            Ok(Ok(())) | Err(_) => sqlx::Error::Io(io::ErrorKind::TimedOut.into()),
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

async fn connect(url: &DatabaseUrl) -> sqlx::Result<()> {
    configure(&mut AnyConnection::connect(url.as_str()).await?, url.system()).await
}

/// SQLite only reports that it is "unable to open database file". The operating system knows why.
fn file_error(path: PathBuf, create: bool, error: sqlx::Error) -> OpenError {
    match File::options().write(true).create(create).truncate(false).open(&path) {
        Err(source) if source.kind() == io::ErrorKind::NotFound && !create => OpenError::MissingFile { path },
        Err(source) => OpenError::File { path, source: source.into() },
        Ok(_) => OpenError::File { path, source: error.into() },
    }
}

fn pool_options(system: System) -> AnyPoolOptions {
    let connections = match system {
        System::Sqlite => SQLITE_CONNECTIONS,
        System::Postgresql => POSTGRESQL_CONNECTIONS,
    };
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(system == System::Postgresql)
        .after_connect(move |connection, _| Box::pin(configure(connection, system)))
}

async fn configure(connection: &mut AnyConnection, system: System) -> sqlx::Result<()> {
    let settings = match system {
        // WAL: readers and the writer do not block each other. FULL: commits survive a power failure.
        System::Sqlite => AssertSqlSafe(format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000; \
             PRAGMA foreign_keys = ON; PRAGMA cache_size = -{SQLITE_CACHE_KIB};"
        )),
        System::Postgresql => AssertSqlSafe(STATEMENT_TIMEOUT.to_owned()),
    };
    sqlx::raw_sql(settings).execute(connection).await?;
    Ok(())
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
