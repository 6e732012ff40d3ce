//! Storage of activities: the SQL statements, by subject.
//!
//! - `feed`: reads pages of activities, one activity and its replies
//! - `post`: writes activities, replies and likes
//! - `outbox`: queued notifications; `notifications`: delivered notifications
//! - `expiry`: deletes expired activities
//! - `row`: parses rows; `search_text`: folding of text and search patterns

pub(crate) mod expiry;
pub(crate) mod outbox;

mod feed;
mod notifications;
mod post;
mod row;
mod search_text;

use std::time::Duration;

use database::{Database, DatabaseError, DatabaseUrl, Migrations, OpenError, Transaction};

pub(crate) use feed::REPLIES_PER_PAGE;
pub(crate) use post::{Inserted, insert_activity, insert_like, insert_reply};

const MIGRATIONS: Migrations = &[
    ("activities", include_str!("../../migrations/0001_activities.sql")),
    ("notifications", include_str!("../../migrations/0002_notifications.sql")),
];

/// How long seeding waits for other writers.
const SEEDING_WAIT: Duration = Duration::from_secs(10);

/// The activities database. Clones share its connections.
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

    /// Begins a transaction.
    pub(crate) async fn begin(&self) -> Result<Transaction, DatabaseError> {
        self.database.begin().await
    }

    /// Begins a transaction of seeding, for which nobody waits.
    pub(crate) async fn begin_seeding(&self) -> Result<Transaction, DatabaseError> {
        self.database.begin_within(SEEDING_WAIT).await
    }
}
