//! Transaction on a pooled connection.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::Any;
use tokio::time::timeout;

use crate::error::DatabaseError;
use crate::open::Database;
use crate::pool::{Failures, WAIT};
use crate::runtime::Runtime;
use crate::url::{Location, System};

/// An open transaction. It is rolled back when dropped without [`Transaction::commit`].
pub struct Transaction {
    pub(crate) inner: sqlx::Transaction<'static, Any>,
    pub(crate) system: System,
    pub(crate) location: Arc<Location>,
    pub(crate) runtime: Runtime,
    pub(crate) failures: Failures,
}

impl Database {
    /// Begins a transaction. It is rolled back when dropped without [`Transaction::commit`].
    ///
    /// # Errors
    /// [`DatabaseError`] when it cannot begin within 2 s.
    pub async fn begin(&self) -> Result<Transaction, DatabaseError> {
        // A plain BEGIN of SQLite takes the write lock later, and fails instead of waiting when it is taken.
        let statement = match self.system {
            System::Sqlite => "BEGIN IMMEDIATE",
            System::Postgresql => "BEGIN",
        };
        // A begin that is cancelled, here or by the caller, is rolled back.
        let begun = timeout(WAIT, self.runtime.run(self.writers.connections.begin_with(statement))).await;
        let transaction = begun.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        Ok(Transaction {
            inner: transaction.inspect_err(|error| self.writers.failures.record(error))?,
            system: self.system,
            location: Arc::clone(&self.location),
            runtime: self.runtime.clone(),
            failures: self.writers.failures.clone(),
        })
    }

    /// [`Self::begin`], which tries again while the database is overloaded, for `wait`. For work that nobody waits for,
    /// such as seeding.
    ///
    /// # Errors
    /// [`DatabaseError`] of the last attempt.
    pub async fn begin_within(&self, wait: Duration) -> Result<Transaction, DatabaseError> {
        let started = Instant::now();
        loop {
            match self.begin().await {
                Err(error) if error.is_overload() && started.elapsed() < wait => {}
                begun => return begun,
            }
        }
    }
}

impl Transaction {
    /// # Errors
    /// [`DatabaseError`] when the database cannot commit.
    pub async fn commit(self) -> Result<(), DatabaseError> {
        let Self { inner, runtime, failures, .. } = self;
        let committed = runtime.run(inner.commit()).await;
        Ok(committed.inspect_err(|error| failures.record(error))?)
    }
}
