//! Opening a database: its pool, its settings, its tables.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use sqlx::AnyPool;
use sqlx::AssertSqlSafe;
use sqlx::any::AnyPoolOptions;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use crate::error::{DatabaseError, OpenError};
use crate::runtime::Runtime;
use crate::transaction::Transaction;
use crate::url::{DatabaseUrl, Location, System};

/// How long a request waits for a free connection, at most: past that it is told that the service is overloaded.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a stop waits for connections to close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long PostgreSQL works on one statement: longer than any of ours takes, shorter than anybody waits.
const STATEMENT_TIMEOUT: &str = "SET statement_timeout = '30s'";
/// SQLite has one writer; more readers than this only take memory.
const SQLITE_CONNECTIONS: u32 = 4;
const POSTGRESQL_CONNECTIONS: u32 = 10;
/// What SQLite keeps of a file in memory, a connection (negative: KiB).
const SQLITE_CACHE_KIB: i32 = 2048;

/// The migrations of a service, oldest first: a description and its SQL, the version is the place in the list.
pub type Migrations = &'static [(&'static str, &'static str)];

/// A database: cheap to clone, all clones share one pool.
#[derive(Clone)]
pub struct Database {
    pub(crate) pool: AnyPool,
    pub(crate) system: System,
    pub(crate) location: Arc<Location>,
    pub(crate) runtime: Runtime,
}

impl Database {
    /// Opens the database and brings its tables up to date. Its connections belong to the runtime that does this, which must
    /// live as long as they do.
    ///
    /// # Errors
    /// [`OpenError`] when it cannot be reached, or a migration fails.
    pub async fn open(url: &DatabaseUrl, migrations: Migrations) -> Result<Self, OpenError> {
        // sqlx asks for this once a process; a second time changes nothing.
        let _ = sqlx::any::install_drivers(&[sqlx::sqlite::any::DRIVER, sqlx::postgres::any::DRIVER]);
        if let Some(folder) = url.file().as_deref().and_then(std::path::Path::parent) {
            std::fs::create_dir_all(folder).map_err(OpenError::Folder)?;
        }
        let pool = pool_options(url.system()).connect(url.as_str()).await.map_err(OpenError::Connect)?;
        migrator(migrations).run(&pool).await.map_err(OpenError::Migrate)?;
        let runtime = Runtime::current(url.system());
        Ok(Self { pool, system: url.system(), location: Arc::new(url.location()), runtime })
    }

    /// Begins a transaction. Dropped without [`Transaction::commit`], it is rolled back.
    ///
    /// # Errors
    /// [`DatabaseError`] when no connection is free in time.
    pub async fn begin(&self) -> Result<Transaction, DatabaseError> {
        // SQLite would otherwise take its write lock late, and fail instead of waiting when another took it first.
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

    /// Asks the database for a sign of life, without a span.
    ///
    /// # Errors
    /// [`DatabaseError`] when it gives none.
    pub async fn ping(&self) -> Result<(), DatabaseError> {
        self.runtime.run(sqlx::query("SELECT 1").execute(&self.pool)).await?;
        Ok(())
    }

    /// Lets every connection finish, then closes it. SQLite folds its write-ahead log into the file.
    pub async fn close(&self) {
        if tokio::time::timeout(CLOSE_TIMEOUT, self.pool.close()).await.is_err() {
            tracing::warn!("the database did not let go of its connections in time");
        }
    }

    pub fn system(&self) -> System {
        self.system
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
        .after_connect(move |connection, _| {
            Box::pin(async move {
                let settings = match system {
                    // WAL: readers and the writer do not wait for each other. FULL: what was committed survives a power cut.
                    System::Sqlite => AssertSqlSafe(format!(
                        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000; \
                         PRAGMA foreign_keys = ON; PRAGMA cache_size = -{SQLITE_CACHE_KIB};"
                    )),
                    System::Postgresql => AssertSqlSafe(STATEMENT_TIMEOUT.to_owned()),
                };
                sqlx::raw_sql(settings).execute(&mut *connection).await?;
                Ok(())
            })
        })
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
