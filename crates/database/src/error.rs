//! Errors of opening and using a database. None displays a URL, which may contain a password.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use sqlx::error::ErrorKind;

/// A database URL is invalid.
#[derive(Debug, thiserror::Error)]
pub enum UrlError {
    #[error("it must begin with sqlite: or postgres:")]
    Scheme,
    #[error("SQLite needs a file; a database in memory is not supported")]
    Memory,
}

/// A database cannot be opened. Displays as what happened and what to change; the source is the reason.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("SQLite file {} does not exist; create it, or append ?mode=rwc to its URL", path.display())]
    MissingFile { path: PathBuf },
    #[error(
        "cannot create the directory of SQLite file {}; create it, or name another file in the URL",
        path.display()
    )]
    Directory {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "cannot open SQLite file {}; make it and its directory writable, or name another file in the URL",
        path.display()
    )]
    File {
        path: PathBuf,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    #[error("the database URL is invalid; correct its port or parameters")]
    InvalidUrl(#[source] sqlx::Error),
    #[error("cannot connect to {server}; start it, or correct host and port in the URL")]
    Unreachable {
        server: String,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    #[error("{server} rejected the connection; correct user, password or database in the URL")]
    Rejected {
        server: String,
        #[source]
        source: sqlx::Error,
    },
    #[error("cannot migrate {database}; use the version of this service that wrote it, or another database")]
    Migrate {
        database: String,
        #[source]
        source: sqlx::migrate::MigrateError,
    },
}

/// A statement failed.
#[derive(Debug, thiserror::Error)]
#[error("a database statement failed")]
pub struct DatabaseError(#[from] sqlx::Error);

impl DatabaseError {
    /// Whether the statement would have inserted a second row with the same key.
    pub fn is_unique_violation(&self) -> bool {
        self.0.as_database_error().is_some_and(|error| error.kind() == ErrorKind::UniqueViolation)
    }

    /// Whether the database or its connection pool was overloaded, so that a retry may succeed.
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

    /// A column contains a value that this service never writes.
    pub fn column(name: &'static str, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self(sqlx::Error::ColumnDecode { index: name.to_owned(), source: Box::new(source) })
    }

    /// The error code of the database system, for `db.response.status_code`.
    pub(crate) fn code(error: &sqlx::Error) -> Option<std::borrow::Cow<'_, str>> {
        error.as_database_error().and_then(sqlx::error::DatabaseError::code)
    }
}
