//! Transaction on a pooled connection.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::{Any, SqlSafeStr as _};
use sqlx_core::transaction::TransactionManager;
use tokio::time::timeout;

use crate::error::DatabaseError;
use crate::failures::Failures;
use crate::lease::{Lease, WAIT};
use crate::open::Database;
use crate::runtime::Runtime;
use crate::url::{Location, System};

type Manager = <Any as sqlx::Database>::TransactionManager;

/// An open transaction. It is rolled back when dropped without [`Transaction::commit`].
pub struct Transaction {
    pub(crate) connection: Lease,
    is_open: bool,
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
        let begin = async {
            let mut transaction = Transaction {
                connection: self.writers.lease().await?,
                // A begin that is cancelled, here or by the caller, is rolled back.
                is_open: true,
                system: self.system,
                location: Arc::clone(&self.location),
                runtime: self.runtime.clone(),
                failures: self.writers.failures.clone(),
            };
            Manager::begin(&mut transaction.connection, Some(statement.into_sql_str())).await?;
            Ok(transaction)
        };
        let outcome = timeout(WAIT, self.runtime.run(begin)).await;
        let outcome = outcome.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        Ok(outcome.inspect_err(|error| self.writers.failures.record(error))?)
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
    pub async fn commit(mut self) -> Result<(), DatabaseError> {
        let committed = self.runtime.run_statement(Manager::commit(&mut self.connection)).await;
        match &committed {
            Ok(()) => {
                self.is_open = false;
                self.failures.record_write();
            }
            Err(error) => self.failures.record(error),
        }
        Ok(committed?)
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.is_open {
            // It is sent when the connection returns to its pool.
            Manager::start_rollback(&mut self.connection);
        }
    }
}
