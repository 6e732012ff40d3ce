//! Several statements that happen together or not at all.

use std::sync::Arc;

use sqlx::Any;

use crate::error::DatabaseError;
use crate::runtime::Runtime;
use crate::url::{Location, System};

/// A transaction under way. Dropped without [`Transaction::commit`], it is rolled back.
pub struct Transaction {
    pub(crate) inner: sqlx::Transaction<'static, Any>,
    pub(crate) system: System,
    pub(crate) location: Arc<Location>,
    pub(crate) runtime: Runtime,
}

impl Transaction {
    /// # Errors
    /// [`DatabaseError`] when the database did not keep what was done.
    pub async fn commit(self) -> Result<(), DatabaseError> {
        let Self { inner, runtime, .. } = self;
        Ok(runtime.run(inner.commit()).await?)
    }
}
