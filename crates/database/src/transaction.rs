//! Transaction on a pooled connection.

use std::sync::Arc;

use sqlx::Any;

use crate::error::DatabaseError;
use crate::runtime::Runtime;
use crate::url::{Location, System};

/// An open transaction. It is rolled back when dropped without [`Transaction::commit`].
pub struct Transaction {
    pub(crate) inner: sqlx::Transaction<'static, Any>,
    pub(crate) system: System,
    pub(crate) location: Arc<Location>,
    pub(crate) runtime: Runtime,
}

impl Transaction {
    /// # Errors
    /// [`DatabaseError`] when the database cannot commit.
    pub async fn commit(self) -> Result<(), DatabaseError> {
        let Self { inner, runtime, .. } = self;
        Ok(runtime.run(inner.commit()).await?)
    }
}
