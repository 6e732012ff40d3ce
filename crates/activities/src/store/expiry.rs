//! Deletion of expired activities.

use database::{DatabaseError, Sql};
use service::clock;

use super::Store;

/// The maximum number of activities that one statement deletes. It limits how long others wait for the rows, or for
/// SQLite's single writer.
pub(crate) const BATCH_SIZE: u64 = 200;

/// Replies, likes and notifications are deleted with their activity (`ON DELETE CASCADE`).
const DELETE: Sql = Sql::new(
    "DELETE",
    "activities",
    "DELETE FROM activities WHERE uuid IN \
     (SELECT uuid FROM activities WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
);

impl Store {
    /// Deletes up to [`BATCH_SIZE`] expired activities and returns their number.
    pub(crate) async fn delete_expired(&self) -> Result<u64, DatabaseError> {
        let now = clock::to_micros(clock::now());
        let limit = i64::try_from(BATCH_SIZE).unwrap_or(i64::MAX);
        DELETE.query().bind(now).bind(limit).execute(&self.database).await
    }
}
