//! The two connection pools of a database: readers and writers never wait for each other's connections.
//!
//! A pool heals itself. A connection is closed instead of used again when its transaction was not rolled back, when
//! the pool's storage has failed since it was opened, or when its server does not respond. Readers are opened again
//! once writes succeed again: what they read may be the detached file system, or the server, that failed.

use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::pool::PoolConnectionMetadata;
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Connection as _};
use tokio::time::timeout;

use crate::failures::Failures;
use crate::lease::{Lease, WAIT};
use crate::runtime::Runtime;
use crate::url::{DatabaseUrl, System};

/// How long a statement of SQLite waits for the lock of another process.
const SQLITE_LOCK_WAIT: Duration = Duration::from_secs(2);
/// How long a migration waits for the lock of another process that migrates the same file.
const SQLITE_MIGRATION_LOCK_WAIT: Duration = Duration::from_secs(5);
/// Bounds a statement of PostgreSQL. No statement takes as long, and no client waits for as long.
const STATEMENT_TIMEOUT: &str = "SET statement_timeout = '5s'";
/// The same for migrations, for which nobody waits.
const MIGRATION_TIMEOUT: &str = "SET statement_timeout = '30s'";
/// How long a server may take to respond on a connection that was idle. After that, its host is presumed dead: no
/// packet says that it is.
const RESPONSE_WAIT: Duration = Duration::from_secs(1);
/// Finds a row where PostgreSQL can be written. It needs no write: a server without room stops, and a read-only one says so.
pub(crate) const IS_WRITABLE_POSTGRESQL: &str =
    "SELECT 1 WHERE current_setting('transaction_read_only') = 'off'";
/// Bounds a request's wait for locks in PostgreSQL.
const LOCK_TIMEOUT: &str = "SET lock_timeout = '2s'";
/// More readers of SQLite than this only take memory.
const SQLITE_READERS: u32 = 4;
/// SQLite has one writer. Writers queue for this connection, in order, instead of polling for the lock.
const SQLITE_WRITERS: u32 = 1;
const POSTGRESQL_READERS: u32 = 5;
const POSTGRESQL_WRITERS: u32 = 5;
/// Page cache of one SQLite connection, in KiB.
const SQLITE_CACHE_KIB: i32 = 2048;

/// What the connections of a pool are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Read,
    Write,
    Migrate,
}

/// A connection pool, and when its storage failed.
#[derive(Clone)]
pub(crate) struct Pool {
    pub(crate) connections: AnyPool,
    pub(crate) failures: Failures,
    pub(crate) runtime: Runtime,
}

impl Pool {
    /// Opens the first connection of a pool.
    pub(crate) async fn connect(
        url: &DatabaseUrl,
        purpose: Purpose,
        failures: Failures,
    ) -> sqlx::Result<Self> {
        let connections = options(url.system(), purpose, failures.clone()).connect(url.as_str()).await?;
        Ok(Self { connections, failures, runtime: Runtime::current(url.system()) })
    }

    /// A connection, within 2 s.
    pub(crate) async fn lease(&self) -> sqlx::Result<Lease> {
        Ok(Lease::new(self.connections.acquire().await?, self.runtime.clone()))
    }
}

/// Opens a connection outside the pools.
pub(crate) async fn connect(url: &DatabaseUrl, purpose: Purpose) -> sqlx::Result<AnyConnection> {
    let mut connection = AnyConnection::connect(url.as_str()).await?;
    configure(&mut connection, url.system(), purpose).await?;
    Ok(connection)
}

fn options(system: System, purpose: Purpose, failures: Failures) -> AnyPoolOptions {
    let connections = match (system, purpose) {
        (System::Sqlite, Purpose::Read) => SQLITE_READERS,
        (System::Sqlite, _) => SQLITE_WRITERS,
        (System::Postgresql, Purpose::Read) => POSTGRESQL_READERS,
        (System::Postgresql, _) => POSTGRESQL_WRITERS,
    };
    let options = AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(WAIT)
        .test_before_acquire(false)
        .before_acquire(move |connection, metadata| {
            let failures = failures.clone();
            Box::pin(async move {
                let usable = is_usable(connection, &metadata, &failures);
                Ok(usable && (system == System::Sqlite || responds(connection, &failures).await))
            })
        })
        .after_connect(move |connection, _| Box::pin(configure(connection, system, purpose)));
    match system {
        // When the last connection of SQLite closes, its write-ahead log goes. A full disk has no room for another.
        System::Sqlite => options.idle_timeout(None).max_lifetime(None),
        System::Postgresql => options,
    }
}

/// False for a connection whose transaction could not be rolled back (SQLite ends a transaction itself when the disk is
/// full, and then rejects the rollback), or that is older than the last failure of the storage.
fn is_usable(connection: &AnyConnection, metadata: &PoolConnectionMetadata, failures: &Failures) -> bool {
    !connection.is_in_transaction() && !failures.within(metadata.age)
}

/// Whether the server of an idle connection responds. One that does not in time has failed.
async fn responds(connection: &mut AnyConnection, failures: &Failures) -> bool {
    let response = timeout(RESPONSE_WAIT, connection.ping()).await;
    if response.is_err() {
        failures.record_now();
    }
    matches!(response, Ok(Ok(())))
}

async fn configure(connection: &mut AnyConnection, system: System, purpose: Purpose) -> sqlx::Result<()> {
    let settings = match system {
        // WAL: readers and the writer do not block each other. FULL: commits survive a power failure.
        System::Sqlite => {
            let wait = match purpose {
                Purpose::Read | Purpose::Write => SQLITE_LOCK_WAIT,
                Purpose::Migrate => SQLITE_MIGRATION_LOCK_WAIT,
            };
            AssertSqlSafe(format!(
                "PRAGMA busy_timeout = {}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 PRAGMA foreign_keys = ON; PRAGMA cache_size = -{SQLITE_CACHE_KIB};",
                wait.as_millis()
            ))
        }
        System::Postgresql if purpose == Purpose::Migrate => AssertSqlSafe(MIGRATION_TIMEOUT.to_owned()),
        System::Postgresql => AssertSqlSafe(format!("{STATEMENT_TIMEOUT}; {LOCK_TIMEOUT}")),
    };
    sqlx::raw_sql(settings).execute(connection).await?;
    Ok(())
}
