//! What can go wrong with a database.

use sqlx::error::ErrorKind;

/// A database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("a database URL begins with sqlite: or postgres:")]
    Scheme,
    #[error("an SQLite database needs a file")]
    Memory,
    #[error("the folder of the database cannot be made")]
    Folder(#[source] std::io::Error),
    #[error("the database cannot be reached")]
    Connect(#[source] sqlx::Error),
    #[error("the database's tables cannot be brought up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
}

/// A statement failed.
#[derive(Debug, thiserror::Error)]
#[error("the database could not carry out a statement")]
pub struct DatabaseError(#[from] sqlx::Error);

impl DatabaseError {
    /// True when the statement would have made a second row with the same key.
    pub fn is_unique_violation(&self) -> bool {
        self.0.as_database_error().is_some_and(|error| error.kind() == ErrorKind::UniqueViolation)
    }

    /// True when the database was too busy, or its pool was, so that the same again may succeed.
    pub fn is_overload(&self) -> bool {
        match &self.0 {
            sqlx::Error::PoolTimedOut => true,
            // SQLITE_BUSY and its extended codes; PostgreSQL: serialization failure, deadlock, too many connections.
            sqlx::Error::Database(error) => matches!(
                error.code().as_deref(),
                Some("5" | "261" | "517" | "773" | "40001" | "40P01" | "53300")
            ),
            _ => false,
        }
    }

    /// A column holds what this service never wrote.
    pub fn column(name: &'static str, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self(sqlx::Error::ColumnDecode { index: name.to_owned(), source: Box::new(source) })
    }

    /// The system's own code, for `db.response.status_code`.
    pub(crate) fn code(error: &sqlx::Error) -> Option<std::borrow::Cow<'_, str>> {
        error.as_database_error().and_then(sqlx::error::DatabaseError::code)
    }
}
