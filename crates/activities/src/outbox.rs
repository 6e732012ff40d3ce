//! Background job that turns outbox rows into notifications, in a span that is related to the request of each row.

use database::DatabaseError;
use telemetry::messaging::{self, Messages};
use tracing::{Instrument, Span};

use crate::background::{Batch, Job};
use crate::config::OutboxTrace;
use crate::store::Store;
use crate::store::outbox::{BATCH_SIZE, DESTINATION, OutboxRow, SYSTEM};

/// Polling an empty outbox is untraced.
pub(crate) struct OutboxWorker {
    store: Store,
    trace: OutboxTrace,
}

impl OutboxWorker {
    pub(crate) fn new(store: Store, trace: OutboxTrace) -> Self {
        Self { store, trace }
    }

    /// The consumer span that processes `row`.
    fn process_span(&self, row: &OutboxRow) -> Span {
        let mut span = Messages::new(SYSTEM, DESTINATION).id(row.uuid.as_str()).process();
        if let Some(carrier) = &row.carrier {
            match self.trace {
                OutboxTrace::Link => carrier.link_from(&span),
                OutboxTrace::Child => carrier.set_parent_of(&mut span),
            }
        }
        span
    }
}

impl Job for OutboxWorker {
    const NAME: &'static str = "outbox";

    async fn run_batch(&self) -> Result<Batch, DatabaseError> {
        let rows = self.store.claim_outbox_rows().await?;
        for row in &rows {
            // A row that fails stays in the outbox. It is claimed again after its lease has expired.
            let delivery = async {
                let record = |error: &DatabaseError| messaging::record_failure(&Span::current(), error);
                self.store.deliver(row).await.inspect_err(record)
            };
            delivery.instrument(self.process_span(row)).await?;
        }
        Ok(if rows.len() == BATCH_SIZE { Batch::Full } else { Batch::Partial })
    }
}
