//! Notes in SQLite.

use sqlx::SqlitePool;
use sqlx::sqlite::SqlitePoolOptions;

pub const INSERT: &str = "INSERT INTO notes (text) VALUES ($1)";
pub const SELECT: &str = "SELECT text FROM notes WHERE id = $1";

#[derive(Clone)]
pub struct Store(SqlitePool);

impl Store {
    /// Opens an empty store in memory, which its only connection keeps.
    pub async fn open() -> sqlx::Result<Self> {
        let pool = SqlitePoolOptions::new().max_connections(1).min_connections(1);
        let pool = pool.idle_timeout(None).max_lifetime(None).connect("sqlite::memory:").await?;
        sqlx::query("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)").execute(&pool).await?;
        Ok(Self(pool))
    }

    /// Stores a note and returns its id.
    pub async fn insert(&self, text: &str) -> sqlx::Result<i64> {
        Ok(sqlx::query(INSERT).bind(text.to_owned()).execute(&self.0).await?.last_insert_rowid())
    }

    pub async fn load(&self, id: i64) -> sqlx::Result<String> {
        sqlx::query_scalar(SELECT).bind(id).fetch_one(&self.0).await
    }
}
