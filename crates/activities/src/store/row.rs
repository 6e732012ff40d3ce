//! Parses rows. Display names are not stored here: they belong to users.

use activities_api::{Activity, Notification, NotificationKind, Reply};
use database::{AnyRow, DatabaseError, Row};
use jiff::Timestamp;
use service::clock;
use users_api::Handle;
use uuid::Uuid;

use crate::paging::Cursor;

/// A column contains a kind that this service never writes.
#[derive(Debug, thiserror::Error)]
#[error("unknown notification kind {0:?}")]
struct UnknownKind(String);

pub(super) fn activity(row: &AnyRow) -> Result<Activity, DatabaseError> {
    let expires_at: Option<i64> = row.try_get("expires_at")?;
    Ok(Activity {
        uuid: uuid(row, "uuid")?,
        handle: handle(row, "handle")?,
        display_name: None,
        message: row.try_get("message")?,
        replies_count: count(row, "replies_count")?,
        reposts_count: count(row, "reposts_count")?,
        likes_count: count(row, "likes_count")?,
        created_at: time(row, "created_at")?,
        expires_at: expires_at.map(clock::from_micros),
        replies: Vec::new(),
        replies_cursor: None,
    })
}

/// Replies cannot be replied to, liked or reposted yet, so their counts are 0.
pub(super) fn reply(row: &AnyRow) -> Result<Reply, DatabaseError> {
    Ok(Reply {
        uuid: uuid(row, "uuid")?,
        handle: handle(row, "handle")?,
        display_name: None,
        message: row.try_get("message")?,
        replies_count: 0,
        reposts_count: 0,
        likes_count: 0,
        created_at: time(row, "created_at")?,
        reply_to_activity_uuid: uuid(row, "activity_uuid")?,
    })
}

pub(super) fn notification(row: &AnyRow) -> Result<Notification, DatabaseError> {
    let kind: String = row.try_get("kind")?;
    Ok(Notification {
        uuid: uuid(row, "uuid")?,
        kind: parse_kind(&kind).ok_or_else(|| DatabaseError::column("kind", UnknownKind(kind)))?,
        activity_uuid: uuid(row, "activity_uuid")?,
        from_handle: handle(row, "from_handle")?,
        from_display_name: None,
        created_at: time(row, "created_at")?,
    })
}

pub(super) fn activity_cursor(activity: &Activity) -> Cursor {
    Cursor { created_at: clock::to_micros(activity.created_at), uuid: activity.uuid }
}

pub(super) fn reply_cursor(reply: &Reply) -> Cursor {
    Cursor { created_at: clock::to_micros(reply.created_at), uuid: reply.uuid }
}

pub(super) fn notification_cursor(notification: &Notification) -> Cursor {
    Cursor { created_at: clock::to_micros(notification.created_at), uuid: notification.uuid }
}

/// The stored text of a kind.
pub(super) fn kind_text(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::Reply => "reply",
        NotificationKind::Like => "like",
        NotificationKind::Mention => "mention",
    }
}

fn parse_kind(text: &str) -> Option<NotificationKind> {
    [NotificationKind::Reply, NotificationKind::Like, NotificationKind::Mention]
        .into_iter()
        .find(|known| kind_text(*known) == text)
}

pub(super) fn uuid(row: &AnyRow, column: &'static str) -> Result<Uuid, DatabaseError> {
    let text: String = row.try_get(column)?;
    Uuid::try_parse(&text).map_err(|error| DatabaseError::column(column, error))
}

pub(super) fn handle(row: &AnyRow, column: &'static str) -> Result<Handle, DatabaseError> {
    let text: String = row.try_get(column)?;
    Handle::parse(&text).map_err(|error| DatabaseError::column(column, error))
}

pub(super) fn count(row: &AnyRow, column: &'static str) -> Result<u64, DatabaseError> {
    let count: i64 = row.try_get(column)?;
    u64::try_from(count).map_err(|error| DatabaseError::column(column, error))
}

fn time(row: &AnyRow, column: &'static str) -> Result<Timestamp, DatabaseError> {
    Ok(clock::from_micros(row.try_get(column)?))
}
