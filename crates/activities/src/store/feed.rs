//! Pages of activities, one activity, its replies. What has expired is in none of them.

use activities_api::{Activity, Reply};
use database::{DatabaseError, Query, Sql};
use jiff::Timestamp;
use service::clock;
use users_api::{Handle, MAX_HANDLES};
use uuid::Uuid;

use super::post::fold;
use super::{Store, row};
use crate::paging::{Place, Slice, Window};

/// The most replies that are shown with an activity, the newest: with its author, users can name them all in one request.
const MAX_REPLIES: usize = MAX_HANDLES - 1;
/// Marks what LIKE is to take literally.
const ESCAPE: char = '!';

macro_rules! activities_where {
    ($condition:literal) => {
        concat!(
            "SELECT uuid, handle, message, replies_count, reposts_count, likes_count, created_at, expires_at \
             FROM activities WHERE (expires_at IS NULL OR expires_at > $1) AND ",
            $condition
        )
    };
}

/// Newest first, and from a place on that no new activity moves.
const HOME: Sql = Sql::new(
    "SELECT",
    "activities",
    activities_where!("(created_at, uuid) < ($2, $3) ORDER BY created_at DESC, uuid DESC LIMIT $4"),
);
const BY: Sql = Sql::new(
    "SELECT",
    "activities",
    activities_where!(
        "(created_at, uuid) < ($2, $3) AND handle = $5 ORDER BY created_at DESC, uuid DESC LIMIT $4"
    ),
);
const SEARCH: Sql = Sql::new(
    "SELECT",
    "activities",
    activities_where!(
        "(created_at, uuid) < ($2, $3) AND folded LIKE $5 ESCAPE '!' \
         ORDER BY created_at DESC, uuid DESC LIMIT $4"
    ),
);
const BY_UUID: Sql = Sql::new("SELECT", "activities", activities_where!("uuid = $2"));
const COUNT: Sql = Sql::new(
    "SELECT",
    "activities",
    "SELECT COUNT(*) AS count FROM activities \
     WHERE handle = $1 AND (expires_at IS NULL OR expires_at > $2)",
);
const REPLIES: Sql = Sql::new(
    "SELECT",
    "replies",
    "SELECT uuid, handle, message, created_at, activity_uuid FROM replies WHERE activity_uuid = $1 \
     ORDER BY created_at DESC, uuid DESC LIMIT $2",
);

impl Store {
    /// The activities of everybody.
    pub(crate) async fn home(
        &self,
        now: Timestamp,
        window: &Window,
    ) -> Result<Slice<Activity>, DatabaseError> {
        self.page(page(HOME, now, window), window).await
    }

    /// One user's.
    pub(crate) async fn by(
        &self,
        handle: &Handle,
        now: Timestamp,
        window: &Window,
    ) -> Result<Slice<Activity>, DatabaseError> {
        self.page(page(BY, now, window).bind(handle.as_str()), window).await
    }

    /// Those whose message contains `term`, in upper or lower case.
    pub(crate) async fn search(
        &self,
        term: &str,
        now: Timestamp,
        window: &Window,
    ) -> Result<Slice<Activity>, DatabaseError> {
        self.page(page(SEARCH, now, window).bind(containing(term)), window).await
    }

    pub(crate) async fn count(&self, handle: &Handle, now: Timestamp) -> Result<u64, DatabaseError> {
        let query = COUNT.query().bind(handle.as_str()).bind(clock::to_micros(now));
        let row = query.fetch_optional(&self.database).await?;
        row.map_or(Ok(0), |row| row::count(&row, "count"))
    }

    /// One activity, without its replies.
    pub(crate) async fn activity(
        &self,
        uuid: Uuid,
        now: Timestamp,
    ) -> Result<Option<Activity>, DatabaseError> {
        let query = BY_UUID.query().bind(clock::to_micros(now)).bind(uuid.to_string());
        let row = query.fetch_optional(&self.database).await?;
        row.as_ref().map(row::activity).transpose()
    }

    /// The newest replies to an activity, oldest of them first.
    pub(crate) async fn replies(&self, to: Uuid) -> Result<Vec<Reply>, DatabaseError> {
        let limit = i64::try_from(MAX_REPLIES).unwrap_or(i64::MAX);
        let rows = REPLIES.query().bind(to.to_string()).bind(limit).fetch_all(&self.database).await?;
        rows.iter().rev().map(row::reply).collect()
    }

    async fn page(&self, query: Query, window: &Window) -> Result<Slice<Activity>, DatabaseError> {
        let rows = query.fetch_all(&self.database).await?;
        let activities = rows.iter().map(row::activity).collect::<Result<_, _>>()?;
        Ok(window.slice(activities, row::place_of_activity))
    }
}

/// Binds `$1` to `$4`.
fn page(sql: Sql, now: Timestamp, window: &Window) -> Query {
    let (created_at, uuid) = before(window.after);
    sql.query().bind(clock::to_micros(now)).bind(created_at).bind(uuid).bind(window.fetch())
}

/// What everything on the page comes after; the newest page comes after the end of time.
pub(super) fn before(after: Option<Place>) -> (i64, String) {
    after.map_or((i64::MAX, String::new()), |place| (place.created_at, place.uuid.to_string()))
}

/// The LIKE pattern of a text that contains `term`, folded.
fn containing(term: &str) -> String {
    let mut pattern = String::from("%");
    for c in fold(term).chars() {
        if matches!(c, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_taken_literally() {
        assert_eq!(containing("100% of_Prune!"), "%100!% of!_prune!!%");
    }
}
