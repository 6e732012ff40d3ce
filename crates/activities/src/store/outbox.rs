//! Transactional outbox of notifications.
//!
//! A row is written in the transaction that causes the notification, with the trace context of its request. Workers
//! claim rows under a lease and turn each into a notification.

use std::time::Duration;

use activities_api::NotificationKind;
use database::{AnyRow, DatabaseError, Row, Sql, Transaction};
use service::clock;
use telemetry::carrier::TraceCarrier;
use telemetry::messaging::Messages;
use tracing::Instrument;
use users_api::Handle;
use uuid::Uuid;

use super::{Store, row};

/// `messaging.system` and `messaging.destination.name` of the notification spans.
pub(crate) const SYSTEM: &str = "outbox";
pub(crate) const DESTINATION: &str = "notifications";
/// The maximum number of rows that a worker claims at once. They wait for the lease to expire if it dies.
pub(crate) const BATCH_SIZE: usize = 32;
/// The maximum number of mentions in one message that cause notifications.
pub(crate) const MAX_MENTIONS: usize = 10;
/// How long claimed rows belong to a worker, far longer than it needs. After that, the worker is presumed dead and
/// others may claim its rows.
const LEASE: Duration = Duration::from_secs(10);

const INSERT: Sql = Sql::new(
    "INSERT",
    "outbox",
    "INSERT INTO outbox (uuid, to_handle, kind, activity_uuid, from_handle, created_at, traceparent, \
     tracestate, claimed_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)",
);
const SELECT_CLAIMABLE: Sql =
    Sql::new("SELECT", "outbox", "SELECT uuid FROM outbox WHERE claimed_until <= $1 LIMIT 1");
/// When two workers select the same rows, the second waits for the first. The outer condition is evaluated again after
/// that wait, so that the second worker does not claim them too.
const CLAIM: Sql = Sql::new(
    "UPDATE",
    "outbox",
    "UPDATE outbox SET claimed_until = $1 WHERE claimed_until <= $2 AND uuid IN \
     (SELECT uuid FROM outbox WHERE claimed_until <= $2 ORDER BY uuid LIMIT $3) \
     RETURNING uuid, traceparent, tracestate",
);
const INSERT_NOTIFICATION: Sql = Sql::new(
    "INSERT",
    "notifications",
    "INSERT INTO notifications (uuid, to_handle, kind, activity_uuid, from_handle, created_at) \
     SELECT uuid, to_handle, kind, activity_uuid, from_handle, created_at FROM outbox WHERE uuid = $1 \
     ON CONFLICT DO NOTHING",
);
const DELETE: Sql = Sql::new("DELETE", "outbox", "DELETE FROM outbox WHERE uuid = $1");

/// A notification to queue.
#[derive(Clone, Debug)]
pub(crate) struct NewNotification {
    pub to: Handle,
    pub kind: NotificationKind,
}

/// An outbox row that a worker has claimed.
#[derive(Clone, Debug)]
pub(crate) struct OutboxRow {
    /// The id of the row and of its notification.
    pub uuid: String,
    /// The trace context of the request that queued it, if it was traced.
    pub carrier: Option<TraceCarrier>,
}

/// Queues notifications about an activity, in a producer span. An empty list makes no span.
pub(super) async fn enqueue(
    transaction: &mut Transaction,
    activity: &Uuid,
    from: &Handle,
    notifications: &[NewNotification],
) -> Result<(), DatabaseError> {
    if notifications.is_empty() {
        return Ok(());
    }
    let messages = Messages::new(SYSTEM, DESTINATION).count(notifications.len());
    async {
        let carrier = TraceCarrier::current();
        for NewNotification { to, kind } in notifications {
            INSERT
                .query()
                .bind(Uuid::now_v7().to_string())
                .bind(to.as_str())
                .bind(row::kind_text(*kind))
                .bind(activity.to_string())
                .bind(from.as_str())
                .bind(clock::to_micros(clock::now()))
                .bind(carrier.as_ref().map(|carrier| carrier.traceparent.as_str()))
                .bind(carrier.as_ref().and_then(|carrier| carrier.tracestate.as_deref()))
                .execute(&mut *transaction)
                .await?;
        }
        Ok(())
    }
    .instrument(messages.send())
    .await
}

impl Store {
    /// Claims up to [`BATCH_SIZE`] rows, oldest first. Untraced.
    pub(crate) async fn claim_outbox_rows(&self) -> Result<Vec<OutboxRow>, DatabaseError> {
        let now = clock::to_micros(clock::now());
        // Read first: an UPDATE would take SQLite's single write lock on every poll.
        if SELECT_CLAIMABLE.query().untraced().bind(now).fetch_optional(&self.database).await?.is_none() {
            return Ok(Vec::new());
        }
        let lease = i64::try_from(LEASE.as_micros()).unwrap_or(i64::MAX);
        let rows = CLAIM
            .query()
            .untraced()
            .bind(now.saturating_add(lease))
            .bind(now)
            .bind(i64::try_from(BATCH_SIZE).unwrap_or(i64::MAX))
            .fetch_all(&self.database)
            .await?;
        let mut claimed = rows.iter().map(parse_outbox_row).collect::<Result<Vec<_>, _>>()?;
        claimed.sort_unstable_by(|a, b| a.uuid.cmp(&b.uuid));
        Ok(claimed)
    }

    /// Turns a row into a notification, exactly once even if two workers hold the row.
    pub(crate) async fn deliver(&self, row: &OutboxRow) -> Result<(), DatabaseError> {
        let mut transaction = self.begin().await?;
        INSERT_NOTIFICATION.query().bind(row.uuid.as_str()).execute(&mut transaction).await?;
        DELETE.query().bind(row.uuid.as_str()).execute(&mut transaction).await?;
        transaction.commit().await
    }
}

fn parse_outbox_row(row: &AnyRow) -> Result<OutboxRow, DatabaseError> {
    let traceparent: Option<String> = row.try_get("traceparent")?;
    let tracestate = row.try_get("tracestate")?;
    Ok(OutboxRow {
        uuid: row.try_get("uuid")?,
        carrier: traceparent.map(|traceparent| TraceCarrier::new(traceparent, tracestate)),
    })
}
