//! Where activities are kept.
//!
//! - `feed`: pages of activities, one activity, its replies
//! - `post`: new activities, replies and likes
//! - `outbox`: what waits to become a notification; `notifications`: what has
//! - `expiry`: what has expired
//! - `row`: from rows to types

pub(crate) mod expiry;
pub(crate) mod outbox;

mod feed;
mod notifications;
mod post;
mod row;

use database::{Database, DatabaseError, DatabaseUrl, Migrations, OpenError, Transaction};

pub(crate) use post::{Kept, insert_activity, insert_like, insert_reply};

const MIGRATIONS: Migrations = &[
    ("activities", include_str!("../../migrations/0001_activities.sql")),
    ("notifications", include_str!("../../migrations/0002_notifications.sql")),
];

/// The activities. Clones share one pool of connections.
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

    /// Several rows at once.
    pub(crate) async fn begin(&self) -> Result<Transaction, DatabaseError> {
        self.database.begin().await
    }
}
