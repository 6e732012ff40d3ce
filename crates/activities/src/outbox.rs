//! From queued rows to notifications, each in a span that knows the request that asked for it.

use database::DatabaseError;
use telemetry::messaging::{self, Messages};
use tracing::{Instrument, Span};

use crate::background::{Round, Work};
use crate::config::OutboxTrace;
use crate::store::Store;
use crate::store::outbox::{BATCH, DESTINATION, Queued, SYSTEM};

/// The worker. Looking into an empty queue leaves no trace.
pub(crate) struct Outbox {
    store: Store,
    trace: OutboxTrace,
}

impl Outbox {
    pub(crate) fn new(store: Store, trace: OutboxTrace) -> Self {
        Self { store, trace }
    }

    fn span(&self, queued: &Queued) -> Span {
        let id = Some(queued.uuid.as_str());
        let mut span = Messages { system: SYSTEM, destination: DESTINATION, count: 1, id }.process();
        if let Some(carrier) = &queued.carrier {
            match self.trace {
                OutboxTrace::Link => carrier.link_from(&span),
                OutboxTrace::Child => carrier.set_parent_of(&mut span),
            }
        }
        span
    }
}

impl Work for Outbox {
    const NAME: &'static str = "outbox";

    async fn round(&self) -> Result<Round, DatabaseError> {
        let batch = self.store.claim_queued().await?;
        for queued in &batch {
            // A row that fails stays, and is claimed again when its claim has run out.
            let notified = async {
                let failed = |error: &DatabaseError| messaging::record_failure(&Span::current(), error);
                self.store.notify(queued).await.inspect_err(failed)
            };
            notified.instrument(self.span(queued)).await?;
        }
        Ok(if batch.len() == BATCH { Round::Full } else { Round::Done })
    }
}
