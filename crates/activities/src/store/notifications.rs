//! Reads pages of notifications.

use activities_api::Notification;
use database::{DatabaseError, Sql};
use jiff::Timestamp;
use service::clock;
use users_api::Handle;

use super::{Store, row};
use crate::paging::{PageItems, PageRequest};

/// Notifications about expired activities are excluded.
const SELECT: Sql = Sql::new(
    "SELECT",
    "notifications",
    "SELECT n.uuid, n.kind, n.activity_uuid, n.from_handle, n.created_at \
     FROM notifications AS n JOIN activities AS a ON a.uuid = n.activity_uuid \
     WHERE n.to_handle = $1 AND (a.expires_at IS NULL OR a.expires_at > $2) \
     AND (n.created_at, n.uuid) < ($3, $4) ORDER BY n.created_at DESC, n.uuid DESC LIMIT $5",
);

impl Store {
    /// A page of a user's notifications.
    pub(crate) async fn notifications(
        &self,
        handle: &Handle,
        now: Timestamp,
        request: &PageRequest,
    ) -> Result<PageItems<Notification>, DatabaseError> {
        let (created_at, uuid) = request.upper_bound();
        let rows = SELECT
            .query()
            .bind(handle.as_str())
            .bind(clock::to_micros(now))
            .bind(created_at)
            .bind(uuid)
            .bind(request.fetch_limit())
            .fetch_all(&self.database)
            .await?;
        let notifications = rows.iter().map(row::notification).collect::<Result<_, _>>()?;
        Ok(request.page(notifications, row::notification_cursor))
    }
}
