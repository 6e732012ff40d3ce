//! Where users are kept.

use database::{
    AnyRow, Database, DatabaseError, DatabaseUrl, Migrations, OpenError, Query, Row, Sql, Transaction,
};
use jiff::Timestamp;
use service::clock;
use users_api::{Handle, User};
use uuid::Uuid;

use crate::profile::{Change, Profile};

const MIGRATIONS: Migrations = &[("users", include_str!("../migrations/0001_users.sql"))];

const BY_HANDLE: Sql = Sql::new(
    "SELECT",
    "users",
    "SELECT uuid, handle, display_name, bio, created_at FROM users WHERE handle = $1",
);
const BY_HANDLES: Sql = Sql::new(
    "SELECT",
    "users",
    "SELECT uuid, handle, display_name, bio, created_at FROM users WHERE handle IN ($list)",
);
const BY_KEY: Sql = Sql::new(
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

/// The users. Clones share one pool of connections.
#[derive(Clone)]
pub struct Store {
    database: Database,
}

impl Store {
    /// # Errors
    /// [`OpenError`] when the database cannot be reached or brought up to date.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, OpenError> {
        Ok(Self { database: Database::open(url, MIGRATIONS).await? })
    }

    pub(crate) async fn is_ready(&self) -> bool {
        self.database.ping().await.is_ok()
    }

    /// Lets every connection finish.
    pub async fn close(&self) {
        self.database.close().await;
    }

    pub(crate) async fn by_handle(&self, handle: &Handle) -> Result<Option<User>, DatabaseError> {
        let row = BY_HANDLE.query().bind(handle.as_str()).fetch_optional(&self.database).await?;
        row.as_ref().map(user).transpose()
    }

    /// Whether there is such a user, asked without a trace.
    pub(crate) async fn knows(&self, handle: &Handle) -> Result<bool, DatabaseError> {
        let query = BY_HANDLE.query().untraced().bind(handle.as_str());
        Ok(query.fetch_optional(&self.database).await?.is_some())
    }

    /// The users of these handles, in one statement; those that are not known are left out.
    pub(crate) async fn by_handles(&self, handles: &[Handle]) -> Result<Vec<User>, DatabaseError> {
        let handles: Vec<&str> = handles.iter().map(Handle::as_str).collect();
        let rows = BY_HANDLES.query().bind_list(&handles).fetch_all(&self.database).await?;
        rows.iter().map(user).collect()
    }

    /// Adds a user, once for an idempotency key.
    pub(crate) async fn insert(&self, new: &Profile, key: Option<&str>) -> Result<Inserted, DatabaseError> {
        let user = User {
            uuid: Uuid::now_v7(),
            handle: new.handle.clone(),
            display_name: new.display_name.clone(),
            bio: new.bio.clone(),
            created_at: clock::now(),
        };
        if insert_user(&user, key).execute(&self.database).await? == 1 {
            return Ok(Inserted::New(user));
        }
        let Some(key) = key else { return Ok(Inserted::HandleTaken) };
        let row = BY_KEY.query().bind(key).fetch_optional(&self.database).await?;
        match row.as_ref().map(self::user).transpose()? {
            Some(before) if before.handle == new.handle => Ok(Inserted::Before(before)),
            Some(_) => Ok(Inserted::KeyReused),
            None => Ok(Inserted::HandleTaken),
        }
    }

    /// Several users at once; see [`insert_user`].
    pub(crate) async fn begin(&self) -> Result<Transaction, DatabaseError> {
        self.database.begin().await
    }

    /// Changes a user; `None` when there is none.
    pub(crate) async fn update(
        &self,
        handle: &Handle,
        change: &Change,
    ) -> Result<Option<User>, DatabaseError> {
        let row = UPDATE
            .query()
            .bind(change.display_name.as_deref())
            .bind(change.bio.as_deref())
            .bind(handle.as_str())
            .fetch_optional(&self.database)
            .await?;
        row.as_ref().map(user).transpose()
    }
}

/// Adds a user as it is; changes nothing when there is one with its handle, its uuid or its key.
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

/// What became of a new user.
pub(crate) enum Inserted {
    New(User),
    /// The same request came before; this is what became of it.
    Before(User),
    HandleTaken,
    KeyReused,
}

fn user(row: &AnyRow) -> Result<User, DatabaseError> {
    let uuid: String = row.try_get("uuid")?;
    let handle: String = row.try_get("handle")?;
    Ok(User {
        uuid: Uuid::try_parse(&uuid).map_err(|error| DatabaseError::column("uuid", error))?,
        handle: Handle::parse(&handle).map_err(|error| DatabaseError::column("handle", error))?,
        display_name: row.try_get("display_name")?,
        bio: row.try_get("bio")?,
        created_at: created_at(row)?,
    })
}

fn created_at(row: &AnyRow) -> Result<Timestamp, DatabaseError> {
    Ok(clock::from_micros(row.try_get("created_at")?))
}
