//! Storage of users: the SQL statements over the `users` table.

use std::time::Duration;

use database::{
    AnyRow, Database, DatabaseError, DatabaseUrl, Migrations, OpenError, Query, Row, Sql, Transaction,
};
use service::clock;
use users_api::{Handle, User};
use uuid::Uuid;

use crate::input::{ValidUser, ValidUserChange};

const MIGRATIONS: Migrations = &[("users", include_str!("../migrations/0001_users.sql"))];

const SELECT_BY_HANDLE: Sql = Sql::new(
    "SELECT",
    "users",
    "SELECT uuid, handle, display_name, bio, created_at FROM users WHERE handle = $1",
);
const SELECT_BY_HANDLES: Sql = Sql::new(
    "SELECT",
    "users",
    "SELECT uuid, handle, display_name, bio, created_at FROM users WHERE handle IN ($list)",
);
const SELECT_BY_KEY: Sql = Sql::new(
    "SELECT",
    "users",
    "SELECT uuid, handle, display_name, bio, created_at FROM users WHERE idempotency_key = $1",
);
const INSERT: Sql = Sql::new(
    "INSERT",
    "users",
    "INSERT INTO users (uuid, handle, display_name, bio, created_at, idempotency_key) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
);
const UPDATE: Sql = Sql::new(
    "UPDATE",
    "users",
    "UPDATE users SET display_name = COALESCE($1, display_name), bio = COALESCE($2, bio) WHERE handle = $3 \
     RETURNING uuid, handle, display_name, bio, created_at",
);

/// How long seeding waits for other writers.
const SEEDING_WAIT: Duration = Duration::from_secs(10);

/// The users database. Clones share its connections.
#[derive(Clone)]
pub struct Store {
    database: Database,
}

impl Store {
    /// # Errors
    /// [`OpenError`] when the database cannot be opened or migrated.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, OpenError> {
        Ok(Self { database: Database::open(url, MIGRATIONS).await? })
    }

    pub(crate) async fn is_ready(&self) -> bool {
        self.database.is_ready().await
    }

    /// Waits for running statements, then closes every connection.
    pub async fn close(&self) {
        self.database.close().await;
    }

    pub(crate) async fn by_handle(&self, handle: &Handle) -> Result<Option<User>, DatabaseError> {
        let row = SELECT_BY_HANDLE.query().bind(handle.as_str()).fetch_optional(&self.database).await?;
        row.as_ref().map(parse_user).transpose()
    }

    /// True when a user has this handle. Untraced: only seeding calls it.
    pub(crate) async fn exists(&self, handle: &Handle) -> Result<bool, DatabaseError> {
        let query = SELECT_BY_HANDLE.query().untraced().bind(handle.as_str());
        Ok(query.fetch_optional(&self.database).await?.is_some())
    }

    /// The users of these handles, by one statement. Unknown handles are left out.
    pub(crate) async fn by_handles(&self, handles: &[Handle]) -> Result<Vec<User>, DatabaseError> {
        let handles: Vec<&str> = handles.iter().map(Handle::as_str).collect();
        let rows = SELECT_BY_HANDLES.query().bind_list(&handles).fetch_all(&self.database).await?;
        rows.iter().map(parse_user).collect()
    }

    /// Adds a user, at most once per idempotency key.
    pub(crate) async fn insert(&self, new: &ValidUser, key: Option<&str>) -> Result<Inserted, DatabaseError> {
        let user = User {
            uuid: Uuid::now_v7(),
            handle: new.handle.clone(),
            display_name: new.display_name.clone(),
            bio: new.bio.clone(),
            created_at: clock::now(),
        };
        if insert_user(&user, key).execute(&self.database).await? == 1 {
            return Ok(Inserted::Created(user));
        }
        let Some(key) = key else { return Ok(Inserted::HandleTaken) };
        let row = SELECT_BY_KEY.query().bind(key).fetch_optional(&self.database).await?;
        match row.as_ref().map(parse_user).transpose()? {
            Some(existing) if existing.handle == new.handle => Ok(Inserted::Replayed(existing)),
            Some(_) => Ok(Inserted::KeyReused),
            None => Ok(Inserted::HandleTaken),
        }
    }

    /// Begins a transaction for several calls of [`insert_user`]. Only seeding needs one, for which nobody waits.
    pub(crate) async fn begin_seeding(&self) -> Result<Transaction, DatabaseError> {
        self.database.begin_within(SEEDING_WAIT).await
    }

    /// Changes a user and returns it; `None` when no user has the handle.
    pub(crate) async fn update(
        &self,
        handle: &Handle,
        change: &ValidUserChange,
    ) -> Result<Option<User>, DatabaseError> {
        let row = UPDATE
            .query()
            .bind(change.display_name.as_deref())
            .bind(change.bio.as_deref())
            .bind(handle.as_str())
            .fetch_optional(&self.database)
            .await?;
        row.as_ref().map(parse_user).transpose()
    }
}

/// Inserts a user. Does nothing when a row with the same handle, uuid or idempotency key exists.
pub(crate) fn insert_user(user: &User, key: Option<&str>) -> Query {
    INSERT
        .query()
        .bind(user.uuid.to_string())
        .bind(user.handle.as_str())
        .bind(user.display_name.as_str())
        .bind(user.bio.as_str())
        .bind(clock::to_micros(user.created_at))
        .bind(key)
}

/// Outcome of [`Store::insert`].
pub(crate) enum Inserted {
    Created(User),
    /// The same request was handled before and created this user.
    Replayed(User),
    HandleTaken,
    /// The idempotency key belongs to a different request.
    KeyReused,
}

fn parse_user(row: &AnyRow) -> Result<User, DatabaseError> {
    let uuid: String = row.try_get("uuid")?;
    let handle: String = row.try_get("handle")?;
    Ok(User {
        uuid: Uuid::try_parse(&uuid).map_err(|error| DatabaseError::column("uuid", error))?,
        handle: Handle::parse(&handle).map_err(|error| DatabaseError::column("handle", error))?,
        display_name: row.try_get("display_name")?,
        bio: row.try_get("bio")?,
        created_at: clock::from_micros(row.try_get("created_at")?),
    })
}
