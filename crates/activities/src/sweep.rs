//! The end of what has expired: nobody sees it any more, and this takes it out of the database.

use database::DatabaseError;
use tracing::Instrument;
use tracing::field::Empty;

use crate::background::{Round, Work};
use crate::store::Store;
use crate::store::expiry::BATCH;

/// The sweep. Each round is a trace of its own.
pub(crate) struct Sweep {
    store: Store,
}

impl Sweep {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }
}

impl Work for Sweep {
    const NAME: &'static str = "sweep";

    async fn round(&self) -> Result<Round, DatabaseError> {
        let span = tracing::info_span!(parent: None, "sweep expired activities", app.expired_count = Empty);
        let deleted = async { self.store.delete_expired().await.inspect_err(telemetry::record_error) };
        let expired = deleted.instrument(span.clone()).await?;
        span.record("app.expired_count", i64::try_from(expired).unwrap_or(i64::MAX));
        Ok(if expired == BATCH { Round::Full } else { Round::Done })
    }
}
