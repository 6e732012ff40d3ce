//! What waits to become a notification: queued in the transaction that causes it, with the trace context of its request.

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

/// `messaging.system` and `messaging.destination.name` of what is queued.
pub(crate) const SYSTEM: &str = "outbox";
pub(crate) const DESTINATION: &str = "notifications";
/// Rows that a worker takes at once: what it would have to do again if it died.
pub(crate) const BATCH: usize = 32;
/// The most users that one message tells.
pub(crate) const MAX_MENTIONS: usize = 10;
/// How long a worker has its rows to itself, which is far longer than it takes. After that, it is taken for dead.
const CLAIM: Duration = Duration::from_secs(10);

const INSERT: Sql = Sql::new(
    "INSERT",
    "outbox",
    "INSERT INTO outbox (uuid, to_handle, kind, activity_uuid, from_handle, created_at, traceparent, \
     tracestate, claimed_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)",
);
const WAITING: Sql =
    Sql::new("SELECT", "outbox", "SELECT uuid FROM outbox WHERE claimed_until <= $1 LIMIT 1");
/// When two workers choose the same rows, the second waits for the first, and then finds them claimed: that is what the
/// condition outside is for.
const CLAIM_WAITING: Sql = Sql::new(
    "UPDATE",
    "outbox",
    "UPDATE outbox SET claimed_until = $1 WHERE claimed_until <= $2 AND uuid IN \
     (SELECT uuid FROM outbox WHERE claimed_until <= $2 ORDER BY uuid LIMIT $3) \
     RETURNING uuid, traceparent, tracestate",
);
const NOTIFY: Sql = Sql::new(
    "INSERT",
    "notifications",
    "INSERT INTO notifications (uuid, to_handle, kind, activity_uuid, from_handle, created_at) \
     SELECT uuid, to_handle, kind, activity_uuid, from_handle, created_at FROM outbox WHERE uuid = $1 \
     ON CONFLICT DO NOTHING",
);
const DELETE: Sql = Sql::new("DELETE", "outbox", "DELETE FROM outbox WHERE uuid = $1");

/// Somebody to be told, and of what.
#[derive(Clone, Debug)]
pub(crate) struct Addressed {
    pub to: Handle,
    pub kind: NotificationKind,
}

/// A queued row that a worker has claimed.
#[derive(Clone, Debug)]
pub(crate) struct Queued {
    /// Its id, which is that of the notification too.
    pub uuid: String,
    /// The request that asked for it, when that was traced.
    pub carrier: Option<TraceCarrier>,
}

/// Queues what is to be told about an activity. Queueing nothing leaves no trace.
pub(super) async fn queue(
    transaction: &mut Transaction,
    activity: &Uuid,
    from: &Handle,
    told: &[Addressed],
) -> Result<(), DatabaseError> {
    if told.is_empty() {
        return Ok(());
    }
    let messages = Messages { system: SYSTEM, destination: DESTINATION, count: told.len(), id: None };
    async {
        let carrier = TraceCarrier::current();
        for Addressed { to, kind } in told {
            INSERT
                .query()
                .bind(Uuid::now_v7().to_string())
                .bind(to.as_str())
                .bind(row::kind(*kind))
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
    /// Claims up to [`BATCH`] rows, oldest first. Leaves no trace.
    pub(crate) async fn claim_queued(&self) -> Result<Vec<Queued>, DatabaseError> {
        let now = clock::to_micros(clock::now());
        // Reading first: claiming would take SQLite's one write lock, every time.
        if WAITING.query().untraced().bind(now).fetch_optional(&self.database).await?.is_none() {
            return Ok(Vec::new());
        }
        let claim = i64::try_from(CLAIM.as_micros()).unwrap_or(i64::MAX);
        let rows = CLAIM_WAITING
            .query()
            .untraced()
            .bind(now.saturating_add(claim))
            .bind(now)
            .bind(i64::try_from(BATCH).unwrap_or(i64::MAX))
            .fetch_all(&self.database)
            .await?;
        let mut batch = rows.iter().map(queued).collect::<Result<Vec<_>, _>>()?;
        batch.sort_unstable_by(|a, b| a.uuid.cmp(&b.uuid));
        Ok(batch)
    }

    /// Makes a queued row a notification, once, even if two workers have it.
    pub(crate) async fn notify(&self, queued: &Queued) -> Result<(), DatabaseError> {
        let mut transaction = self.begin().await?;
        NOTIFY.query().bind(queued.uuid.as_str()).execute(&mut transaction).await?;
        DELETE.query().bind(queued.uuid.as_str()).execute(&mut transaction).await?;
        transaction.commit().await
    }
}

fn queued(row: &AnyRow) -> Result<Queued, DatabaseError> {
    let traceparent: Option<String> = row.try_get("traceparent")?;
    let tracestate = row.try_get("tracestate")?;
    Ok(Queued {
        uuid: row.try_get("uuid")?,
        carrier: traceparent.map(|traceparent| TraceCarrier { traceparent, tracestate }),
    })
}
