//! Reads pages of activities, one activity and its replies. Expired activities are excluded.

use activities_api::{Activity, Reply};
use database::{DatabaseError, Query, Sql};
use jiff::Timestamp;
use service::clock;
use users_api::{Handle, MAX_HANDLES};
use uuid::Uuid;

use super::search_text::contains_pattern;
use super::{Store, row};
use crate::paging::{PageItems, PageRequest};

/// The number of replies on a page. One request to users fetches all their names, and the author's.
pub(crate) const REPLIES_PER_PAGE: usize = MAX_HANDLES - 1;

macro_rules! activities_where {
    ($condition:literal) => {
        concat!(
            "SELECT uuid, handle, message, replies_count, reposts_count, likes_count, created_at, expires_at \
             FROM activities WHERE (expires_at IS NULL OR expires_at > $1) AND ",
            $condition
        )
    };
}

/// Keyset pagination, newest first: new activities do not shift the following pages.
const HOME: Sql = Sql::new(
    "SELECT",
    "activities",
    activities_where!("(created_at, uuid) < ($2, $3) ORDER BY created_at DESC, uuid DESC LIMIT $4"),
);
const BY_USER: Sql = Sql::new(
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
    "SELECT uuid, handle, message, created_at, activity_uuid FROM replies \
     WHERE activity_uuid = $1 AND (created_at, uuid) < ($2, $3) ORDER BY created_at DESC, uuid DESC LIMIT $4",
);

impl Store {
    /// A page of the activities of all users.
    pub(crate) async fn home(
        &self,
        now: Timestamp,
        request: &PageRequest,
    ) -> Result<PageItems<Activity>, DatabaseError> {
        self.page(page(HOME, now, request), request).await
    }

    /// A page of one user's activities.
    pub(crate) async fn by_user(
        &self,
        handle: &Handle,
        now: Timestamp,
        request: &PageRequest,
    ) -> Result<PageItems<Activity>, DatabaseError> {
        self.page(page(BY_USER, now, request).bind(handle.as_str()), request).await
    }

    /// A page of the activities whose message contains `term`, ignoring case.
    pub(crate) async fn search(
        &self,
        term: &str,
        now: Timestamp,
        request: &PageRequest,
    ) -> Result<PageItems<Activity>, DatabaseError> {
        self.page(page(SEARCH, now, request).bind(contains_pattern(term)), request).await
    }

    /// The number of one user's activities.
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

    /// A page of the replies to an activity, newest first.
    pub(crate) async fn replies(
        &self,
        activity: Uuid,
        request: &PageRequest,
    ) -> Result<PageItems<Reply>, DatabaseError> {
        let (created_at, uuid) = request.upper_bound();
        let query = REPLIES.query().bind(activity.to_string()).bind(created_at).bind(uuid);
        let rows = query.bind(request.fetch_limit()).fetch_all(&self.database).await?;
        let replies = rows.iter().map(row::reply).collect::<Result<_, _>>()?;
        Ok(request.page(replies, row::reply_cursor))
    }

    async fn page(&self, query: Query, request: &PageRequest) -> Result<PageItems<Activity>, DatabaseError> {
        let rows = query.fetch_all(&self.database).await?;
        let activities = rows.iter().map(row::activity).collect::<Result<_, _>>()?;
        Ok(request.page(activities, row::activity_cursor))
    }
}

/// Starts a query of a page: binds `$1` to `$4`.
fn page(sql: Sql, now: Timestamp, request: &PageRequest) -> Query {
    let (created_at, uuid) = request.upper_bound();
    sql.query().bind(clock::to_micros(now)).bind(created_at).bind(uuid).bind(request.fetch_limit())
}
