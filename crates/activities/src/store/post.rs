//! New activities, replies and likes, each with the notifications that it queues: all of it or nothing.
//!
//! A reply or a like counts first, which also keeps others from the activity for as long as the transaction lasts, and
//! then adds its row. When that row was there before, the transaction is dropped, and the count with it.

use activities_api::{Activity, NotificationKind, Reply};
use database::{DatabaseError, Query, Sql};
use jiff::Timestamp;
use service::clock;
use users_api::Handle;
use uuid::Uuid;

use super::outbox::{Addressed, MAX_MENTIONS, queue};
use super::{Store, row};
use crate::input::{self, Answer, Post};

const INSERT: Sql = Sql::new(
    "INSERT",
    "activities",
    "INSERT INTO activities (uuid, handle, message, folded, replies_count, reposts_count, likes_count, \
     created_at, expires_at, idempotency_key) VALUES ($1, $2, $3, $4, 0, 0, 0, $5, $6, $7) \
     ON CONFLICT DO NOTHING",
);
const BY_KEY: Sql = Sql::new(
    "SELECT",
    "activities",
    "SELECT uuid, handle, message, replies_count, reposts_count, likes_count, created_at, expires_at \
     FROM activities WHERE handle = $1 AND idempotency_key = $2",
);
const COUNT_REPLY: Sql = Sql::new(
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
const REPLY_BY_KEY: Sql = Sql::new(
    "SELECT",
    "replies",
    "SELECT uuid, handle, message, created_at, activity_uuid FROM replies \
     WHERE handle = $1 AND idempotency_key = $2",
);
const COUNT_LIKE: Sql = Sql::new(
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

/// What became of something new.
pub(crate) enum Kept<T> {
    New(T),
    /// The same request came before; this is what became of it.
    Before(T),
    /// Another request came before under the same idempotency key.
    KeyReused,
}

impl Store {
    /// Adds an activity, once for an author's idempotency key, and tells those whom it mentions.
    pub(crate) async fn post(&self, post: &Post, key: Option<&str>) -> Result<Kept<Activity>, DatabaseError> {
        let created_at = clock::now();
        let activity = Activity {
            uuid: Uuid::now_v7(),
            handle: post.handle.clone(),
            display_name: None,
            message: post.message.clone(),
            replies_count: 0,
            reposts_count: 0,
            likes_count: 0,
            created_at,
            // No clock comes near the end of time.
            expires_at: created_at.checked_add(post.ttl.duration()).ok(),
            replies: Vec::new(),
        };
        let mut transaction = self.begin().await?;
        if insert_activity(&activity, key).execute(&mut transaction).await? == 1 {
            let mentions = mentions(&post.message, [&post.handle]);
            queue(&mut transaction, &activity.uuid, &post.handle, &mentions).await?;
            transaction.commit().await?;
            return Ok(Kept::New(activity));
        }
        drop(transaction);
        let Some(key) = key else { return Ok(Kept::KeyReused) };
        let query = BY_KEY.query().bind(post.handle.as_str()).bind(key);
        let row = query.fetch_optional(&self.database).await?;
        let before = row.as_ref().map(row::activity).transpose()?;
        Ok(kept_before(before, |before| {
            let lifetime = before.expires_at.map(|expires_at| expires_at.duration_since(before.created_at));
            before.message == post.message && lifetime == Some(post.ttl.duration())
        }))
    }

    /// Adds a reply, once for an author's idempotency key, and tells the author of the activity and those whom it
    /// mentions; `None` when there is no such activity.
    pub(crate) async fn reply(
        &self,
        answer: &Answer,
        key: Option<&str>,
    ) -> Result<Option<Kept<Reply>>, DatabaseError> {
        let reply = Reply {
            uuid: Uuid::now_v7(),
            handle: answer.handle.clone(),
            display_name: None,
            message: answer.message.clone(),
            replies_count: 0,
            reposts_count: 0,
            likes_count: 0,
            created_at: clock::now(),
            reply_to_activity_uuid: answer.to,
        };
        let mut transaction = self.begin().await?;
        let counted =
            COUNT_REPLY.query().bind(answer.to.to_string()).bind(clock::to_micros(reply.created_at));
        let Some(counted) = counted.fetch_optional(&mut transaction).await? else { return Ok(None) };
        let author = row::handle(&counted, "handle")?;
        if insert_reply(&reply, key).execute(&mut transaction).await? == 1 {
            let mut to = told(&author, &answer.handle, NotificationKind::Reply);
            to.extend(mentions(&answer.message, [&answer.handle, &author]));
            queue(&mut transaction, &answer.to, &answer.handle, &to).await?;
            transaction.commit().await?;
            return Ok(Some(Kept::New(reply)));
        }
        drop(transaction);
        let Some(key) = key else { return Ok(Some(Kept::KeyReused)) };
        let query = REPLY_BY_KEY.query().bind(answer.handle.as_str()).bind(key);
        let row = query.fetch_optional(&self.database).await?;
        let before = row.as_ref().map(row::reply).transpose()?;
        Ok(Some(kept_before(before, |before| {
            before.message == answer.message && before.reply_to_activity_uuid == answer.to
        })))
    }

    /// Adds a like, once for each who likes, and tells the author of the activity. Gives how many like it; `None` when
    /// there is no such activity.
    pub(crate) async fn like(&self, uuid: Uuid, handle: &Handle) -> Result<Option<u64>, DatabaseError> {
        let now = clock::now();
        let mut transaction = self.begin().await?;
        let counted = COUNT_LIKE.query().bind(uuid.to_string()).bind(clock::to_micros(now));
        let Some(counted) = counted.fetch_optional(&mut transaction).await? else { return Ok(None) };
        let (author, likes) = (row::handle(&counted, "handle")?, row::count(&counted, "likes_count")?);
        if insert_like(&uuid, handle, now).execute(&mut transaction).await? == 0 {
            return Ok(Some(likes.saturating_sub(1)));
        }
        queue(&mut transaction, &uuid, handle, &told(&author, handle, NotificationKind::Like)).await?;
        transaction.commit().await?;
        Ok(Some(likes))
    }
}

/// Adds an activity that nobody has answered yet; changes nothing when there is one with its uuid, or its author's key.
pub(crate) fn insert_activity(activity: &Activity, key: Option<&str>) -> Query {
    INSERT
        .query()
        .bind(activity.uuid.to_string())
        .bind(activity.handle.as_str())
        .bind(activity.message.as_str())
        .bind(fold(&activity.message))
        .bind(clock::to_micros(activity.created_at))
        .bind(activity.expires_at.map(clock::to_micros))
        .bind(key)
}

/// Adds a reply likewise; its activity must be there.
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

/// Adds a like, once; its activity must be there.
pub(crate) fn insert_like(activity: &Uuid, handle: &Handle, at: Timestamp) -> Query {
    INSERT_LIKE.query().bind(activity.to_string()).bind(handle.as_str()).bind(clock::to_micros(at))
}

/// What the first request under a key made, if that request was the same.
fn kept_before<T>(before: Option<T>, same: impl FnOnce(&T) -> bool) -> Kept<T> {
    match before {
        Some(before) if same(&before) => Kept::Before(before),
        // None: it has expired and was deleted a moment ago; its key stood for it, not for this.
        _ => Kept::KeyReused,
    }
}

/// Whom something is told: its author, unless it was themselves.
fn told(author: &Handle, by: &Handle, kind: NotificationKind) -> Vec<Addressed> {
    if author == by { Vec::new() } else { vec![Addressed { to: author.clone(), kind }] }
}

/// Those whom a message mentions, but for those who know already.
fn mentions<const N: usize>(message: &str, but: [&Handle; N]) -> Vec<Addressed> {
    input::mentions(message, MAX_MENTIONS)
        .into_iter()
        .filter(|to| !but.contains(&to))
        .map(|to| Addressed { to, kind: NotificationKind::Mention })
        .collect()
}

/// The text with upper and lower case made equal, character by character, so that a part of a text stays one when both
/// are folded.
pub(super) fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_makes_cases_equal_wherever_a_letter_stands() {
        assert_eq!(fold("ΟΔΟΣ"), fold("οδος"));
        assert!(fold("Straße ÉTÉ").contains(&fold("STRASSE été")));
    }
}
