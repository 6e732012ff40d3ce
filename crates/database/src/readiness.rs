//! Whether a database can be read and written, for readiness checks.

use std::time::{Duration, Instant};

use tokio::time::timeout;

use crate::error::DatabaseError;
use crate::open::Database;
use crate::pool::IS_WRITABLE_POSTGRESQL;
use crate::url::System;

/// A write that failed for lack of storage makes the database unready for this long, whatever a small write finds.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How long the result of a write check holds, so that readiness checks cost at most one write in this time.
const VALIDITY: Duration = Duration::from_secs(1);

/// How long a write check waits. A database that takes longer is busy, which is not a failure.
const WRITE_WAIT: Duration = Duration::from_millis(500);

/// Writes one page and commits it. Nothing reads the value.
const WRITE_SQLITE: &str = "PRAGMA user_version = 0";

impl Database {
    /// Whether the database can be read, and a write would not fail for lack of room or permission, or of a server.
    /// A database that is merely busy is ready. Without a span.
    pub async fn is_ready(&self) -> bool {
        let read = async { sqlx::query("SELECT 1").execute(&mut *self.readers.lease().await?).await };
        let read = self.runtime.run(read).await;
        read.is_ok() && !self.writers.failures.within(AFTER_FAILURE) && self.is_writable().await
    }

    async fn is_writable(&self) -> bool {
        let mut succeeded = self.write_check.lock().await;
        if succeeded.is_some_and(|at| at.elapsed() < VALIDITY) {
            return true;
        }
        match timeout(WRITE_WAIT, self.write()).await.unwrap_or(Err(sqlx::Error::PoolTimedOut.into())) {
            Ok(true) => {
                *succeeded = Some(Instant::now());
                true
            }
            Ok(false) => {
                self.writers.failures.record_now();
                false
            }
            Err(error) => error.is_overload(),
        }
    }

    /// Writes as little as possible. False when the database is read-only.
    async fn write(&self) -> Result<bool, DatabaseError> {
        let check = async {
            let connection = &mut *self.writers.lease().await?;
            match self.system {
                System::Sqlite => sqlx::query(WRITE_SQLITE).execute(connection).await.map(|_| true),
                System::Postgresql => {
                    let row = sqlx::query(IS_WRITABLE_POSTGRESQL).fetch_optional(connection).await;
                    row.map(|row| row.is_some())
                }
            }
        };
        let written = self.runtime.run(check).await;
        Ok(written.inspect_err(|error| self.writers.failures.record(error))?)
    }
}
