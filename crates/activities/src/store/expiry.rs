//! What has expired.

use database::{DatabaseError, Sql};
use service::clock;

use super::Store;

/// Activities that one statement deletes: few enough that nobody waits long for the rows, or for SQLite's one writer.
pub(crate) const BATCH: u64 = 200;

/// What belongs to an activity goes with it (`ON DELETE CASCADE`).
const DELETE: Sql = Sql::new(
    "DELETE",
    "activities",
    "DELETE FROM activities WHERE uuid IN \
     (SELECT uuid FROM activities WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
);

impl Store {
    /// Deletes up to [`BATCH`] expired activities; gives how many.
    pub(crate) async fn delete_expired(&self) -> Result<u64, DatabaseError> {
        let now = clock::to_micros(clock::now());
        let batch = i64::try_from(BATCH).unwrap_or(i64::MAX);
        DELETE.query().bind(now).bind(batch).execute(&self.database).await
    }
}
