//! Writes activities, replies and likes. Each is one transaction with the notifications that it queues.
//!
//! A reply or a like first increments the activity's count, which also locks the activity until the transaction
//! ends, and then inserts its row. If the row exists already, the transaction is dropped, and the increment with
//! it.

use activities_api::{Activity, NotificationKind, Reply};
use database::{AnyRow, DatabaseError, Query, Sql};
use jiff::Timestamp;
use service::clock;
use users_api::Handle;
use uuid::Uuid;

use super::outbox::{MAX_MENTIONS, NewNotification, enqueue};
use super::search_text::fold;
use super::{Store, row};
use crate::input::{self, ValidActivity, ValidReply};

const INSERT_ACTIVITY: Sql = Sql::new(
    "INSERT",
    "activities",
    "INSERT INTO activities (uuid, handle, message, folded, replies_count, reposts_count, likes_count, \
     created_at, expires_at, idempotency_key) VALUES ($1, $2, $3, $4, 0, 0, 0, $5, $6, $7) \
     ON CONFLICT DO NOTHING",
);
const SELECT_ACTIVITY_BY_KEY: Sql = Sql::new(
    "SELECT",
    "activities",
    "SELECT uuid, handle, message, replies_count, reposts_count, likes_count, created_at, expires_at \
     FROM activities WHERE handle = $1 AND idempotency_key = $2",
);
const INCREMENT_REPLIES: Sql = Sql::new(
    "UPDATE",
    "activities",
    "UPDATE activities SET replies_count = replies_count + 1 \
     WHERE uuid = $1 AND (expires_at IS NULL OR expires_at > $2) RETURNING handle",
);
const INSERT_REPLY: Sql = Sql::new(
    "INSERT",
    "replies",
    "INSERT INTO replies (uuid, activity_uuid, handle, message, created_at, idempotency_key) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
);
const SELECT_REPLY_BY_KEY: Sql = Sql::new(
    "SELECT",
    "replies",
    "SELECT uuid, handle, message, created_at, activity_uuid FROM replies \
     WHERE handle = $1 AND idempotency_key = $2",
);
const INCREMENT_LIKES: Sql = Sql::new(
    "UPDATE",
    "activities",
    "UPDATE activities SET likes_count = likes_count + 1 \
     WHERE uuid = $1 AND (expires_at IS NULL OR expires_at > $2) RETURNING handle, likes_count",
);
const INSERT_LIKE: Sql = Sql::new(
    "INSERT",
    "likes",
    "INSERT INTO likes (activity_uuid, handle, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
);

/// Outcome of an insert under an idempotency key.
pub(crate) enum Inserted<T> {
    Created(T),
    /// The same request was handled before and created this.
    Replayed(T),
    /// The idempotency key belongs to a different request.
    KeyReused,
}

impl Store {
    /// Adds an activity, at most once per idempotency key of its author, and queues a notification for each user
    /// that it mentions.
    pub(crate) async fn post(
        &self,
        new: &ValidActivity,
        key: Option<&str>,
    ) -> Result<Inserted<Activity>, DatabaseError> {
        let activity = build_activity(new);
        let mut transaction = self.begin().await?;
        if insert_activity(&activity, key).execute(&mut transaction).await? == 0 {
            drop(transaction);
            let is_same = |existing: &Activity| is_same_activity(existing, new);
            return self.replay(SELECT_ACTIVITY_BY_KEY, &new.handle, key, row::activity, is_same).await;
        }
        let notifications = mentions(&new.message, [&new.handle]);
        enqueue(&mut transaction, &activity.uuid, &new.handle, &notifications).await?;
        transaction.commit().await?;
        Ok(Inserted::Created(activity))
    }

    /// Adds a reply, at most once per idempotency key of its author, and queues notifications for the author of the
    /// activity and for each user that the reply mentions. `None` when there is no such activity.
    pub(crate) async fn reply(
        &self,
        new: &ValidReply,
        key: Option<&str>,
    ) -> Result<Option<Inserted<Reply>>, DatabaseError> {
        let reply = build_reply(new);
        let mut transaction = self.begin().await?;
        let increment =
            INCREMENT_REPLIES.query().bind(new.activity.to_string()).bind(clock::to_micros(reply.created_at));
        let Some(activity) = increment.fetch_optional(&mut transaction).await? else { return Ok(None) };
        if insert_reply(&reply, key).execute(&mut transaction).await? == 0 {
            drop(transaction);
            let is_same = |existing: &Reply| is_same_reply(existing, new);
            let inserted = self.replay(SELECT_REPLY_BY_KEY, &new.handle, key, row::reply, is_same).await?;
            return Ok(Some(inserted));
        }
        let author = row::handle(&activity, "handle")?;
        let mut notifications = author_notification(&author, &new.handle, NotificationKind::Reply);
        notifications.extend(mentions(&new.message, [&new.handle, &author]));
        enqueue(&mut transaction, &new.activity, &new.handle, &notifications).await?;
        transaction.commit().await?;
        Ok(Some(Inserted::Created(reply)))
    }

    /// Adds a like, at most once per user, and queues a notification for the author of the activity. Returns the number
    /// of likes; `None` when there is no such activity.
    pub(crate) async fn like(&self, uuid: Uuid, handle: &Handle) -> Result<Option<u64>, DatabaseError> {
        let now = clock::now();
        let mut transaction = self.begin().await?;
        let increment = INCREMENT_LIKES.query().bind(uuid.to_string()).bind(clock::to_micros(now));
        let Some(activity) = increment.fetch_optional(&mut transaction).await? else { return Ok(None) };
        let likes = row::count(&activity, "likes_count")?;
        if insert_like(&uuid, handle, now).execute(&mut transaction).await? == 0 {
            // The like exists already: dropping the transaction undoes the increment.
            return Ok(Some(likes.saturating_sub(1)));
        }
        let author = row::handle(&activity, "handle")?;
        let notifications = author_notification(&author, handle, NotificationKind::Like);
        enqueue(&mut transaction, &uuid, handle, &notifications).await?;
        transaction.commit().await?;
        Ok(Some(likes))
    }

    /// The row that `key` of `author` created before, if that request had the same content.
    async fn replay<T>(
        &self,
        select_by_key: Sql,
        author: &Handle,
        key: Option<&str>,
        parse: fn(&AnyRow) -> Result<T, DatabaseError>,
        is_same: impl FnOnce(&T) -> bool,
    ) -> Result<Inserted<T>, DatabaseError> {
        let Some(key) = key else { return Ok(Inserted::KeyReused) };
        let query = select_by_key.query().bind(author.as_str()).bind(key);
        let row = query.fetch_optional(&self.database).await?;
        match row.as_ref().map(parse).transpose()? {
            Some(existing) if is_same(&existing) => Ok(Inserted::Replayed(existing)),
            // `None`: the sweep has just deleted the row, so the key still belongs to that other request.
            _ => Ok(Inserted::KeyReused),
        }
    }
}

fn build_activity(new: &ValidActivity) -> Activity {
    let created_at = clock::now();
    Activity {
        uuid: Uuid::now_v7(),
        handle: new.handle.clone(),
        display_name: None,
        message: new.message.clone(),
        replies_count: 0,
        reposts_count: 0,
        likes_count: 0,
        created_at,
        // Always set: no clock comes within 30 days of the maximum timestamp.
        expires_at: created_at.checked_add(new.ttl.duration()).ok(),
        replies: Vec::new(),
        replies_cursor: None,
    }
}

fn build_reply(new: &ValidReply) -> Reply {
    Reply {
        uuid: Uuid::now_v7(),
        handle: new.handle.clone(),
        display_name: None,
        message: new.message.clone(),
        replies_count: 0,
        reposts_count: 0,
        likes_count: 0,
        created_at: clock::now(),
        reply_to_activity_uuid: new.activity,
    }
}

/// Inserts an activity with all counts 0. Does nothing when a row with its uuid, or with its author's key, exists.
pub(crate) fn insert_activity(activity: &Activity, key: Option<&str>) -> Query {
    INSERT_ACTIVITY
        .query()
        .bind(activity.uuid.to_string())
        .bind(activity.handle.as_str())
        .bind(activity.message.as_str())
        .bind(fold(&activity.message))
        .bind(clock::to_micros(activity.created_at))
        .bind(activity.expires_at.map(clock::to_micros))
        .bind(key)
}

/// Inserts a reply to an existing activity. Does nothing when a row with its uuid, or with its author's key, exists.
pub(crate) fn insert_reply(reply: &Reply, key: Option<&str>) -> Query {
    INSERT_REPLY
        .query()
        .bind(reply.uuid.to_string())
        .bind(reply.reply_to_activity_uuid.to_string())
        .bind(reply.handle.as_str())
        .bind(reply.message.as_str())
        .bind(clock::to_micros(reply.created_at))
        .bind(key)
}

/// Inserts a like of an existing activity. Does nothing when the user likes it already.
pub(crate) fn insert_like(activity: &Uuid, handle: &Handle, at: Timestamp) -> Query {
    INSERT_LIKE.query().bind(activity.to_string()).bind(handle.as_str()).bind(clock::to_micros(at))
}

fn is_same_activity(existing: &Activity, new: &ValidActivity) -> bool {
    let ttl = existing.expires_at.map(|expires_at| expires_at.duration_since(existing.created_at));
    existing.message == new.message && ttl == Some(new.ttl.duration())
}

fn is_same_reply(existing: &Reply, new: &ValidReply) -> bool {
    existing.message == new.message && existing.reply_to_activity_uuid == new.activity
}

/// The notification for the author of an activity; none for what they did themselves.
fn author_notification(author: &Handle, from: &Handle, kind: NotificationKind) -> Vec<NewNotification> {
    if author == from { Vec::new() } else { vec![NewNotification { to: author.clone(), kind }] }
}

/// The notifications for the users that a message mentions, except `excluded`.
fn mentions<const N: usize>(message: &str, excluded: [&Handle; N]) -> Vec<NewNotification> {
    input::mentions(message, MAX_MENTIONS)
        .into_iter()
        .filter(|to| !excluded.contains(&to))
        .map(|to| NewNotification { to, kind: NotificationKind::Mention })
        .collect()
}
