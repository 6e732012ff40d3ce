//! Background job that deletes expired activities. They are hidden as soon as they expire.

use database::DatabaseError;
use tracing::Instrument;
use tracing::field::Empty;

use crate::background::{Batch, Job};
use crate::store::Store;
use crate::store::expiry::BATCH_SIZE;

/// Each batch is a trace of its own.
pub(crate) struct ExpirySweep {
    store: Store,
}

impl ExpirySweep {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }
}

impl Job for ExpirySweep {
    const NAME: &'static str = "sweep";

    async fn run_batch(&self) -> Result<Batch, DatabaseError> {
        let span = tracing::info_span!(parent: None, "sweep expired activities", app.expired_count = Empty);
        let deletion = async { self.store.delete_expired().await.inspect_err(telemetry::record_error) };
        let deleted = deletion.instrument(span.clone()).await?;
        span.record("app.expired_count", i64::try_from(deleted).unwrap_or(i64::MAX));
        Ok(if deleted == BATCH_SIZE { Batch::Full } else { Batch::Partial })
    }
}
