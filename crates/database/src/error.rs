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
    #[error(
        "{server} is read-only, perhaps a standby, and its tables are missing or of an older version; name the primary in the \
         URL, or start this service again when the server can be written"
    )]
    ReadOnly { server: String },
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

    /// Why the database could not do what it was asked, if that lies with the database and may pass.
    pub fn outage(&self) -> Option<Outage> {
        Outage::of(&self.0)
    }

    /// Whether the database or its connection pool was overloaded, so that a retry may succeed.
    pub fn is_overload(&self) -> bool {
        self.outage() == Some(Outage::Overloaded)
    }

    pub(crate) fn is_storage_failure(error: &sqlx::Error) -> bool {
        matches!(Outage::of(error), Some(Outage::Full | Outage::Unavailable))
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

/// Why a database refuses statements for a time. None of them has taken effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// It, or its connection pool, is overloaded.
    Overloaded,
    /// There is no room to write.
    Full,
    /// It cannot be reached, read or written: a server that restarts, a read-only file, an I/O error.
    Unavailable,
}

impl Outage {
    fn of(error: &sqlx::Error) -> Option<Self> {
        match error {
            sqlx::Error::PoolTimedOut => Some(Self::Overloaded),
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            // A connection whose last transaction could not be rolled back.
            | sqlx::Error::InvalidSavePointStatement => Some(Self::Unavailable),
            sqlx::Error::Database(error) => error.code().and_then(|code| Self::of_code(&code)),
            _ => None,
        }
    }

    /// Codes of SQLite are numbers, with the primary code in the low byte; those of PostgreSQL have five characters.
    fn of_code(code: &str) -> Option<Self> {
        if code.len() == 5 {
            return match code {
                // Serialization failure, deadlock, too many connections, statement timeout, lock timeout.
                "40001" | "40P01" | "53300" | "57014" | "55P03" => Some(Self::Overloaded),
                "53100" => Some(Self::Full),
                // Out of memory, read-only transaction, no connections allowed, I/O error, restart.
                "53200" | "25006" | "55000" | "58030" | "57P01" | "57P02" | "57P03" => {
                    Some(Self::Unavailable)
                }
                code if code.starts_with("08") => Some(Self::Unavailable),
                _ => None,
            };
        }
        match code.parse::<u32>().ok()? & 0xff {
            // SQLITE_BUSY, SQLITE_LOCKED
            5 | 6 => Some(Self::Overloaded),
            // SQLITE_FULL
            13 => Some(Self::Full),
            // SQLITE_READONLY, SQLITE_IOERR, SQLITE_CANTOPEN
            8 | 10 | 14 => Some(Self::Unavailable),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_systems_are_outages() {
        for (code, outage) in [
            ("5", Some(Outage::Overloaded)),
            ("517", Some(Outage::Overloaded)),
            ("13", Some(Outage::Full)),
            ("8", Some(Outage::Unavailable)),
            ("4874", Some(Outage::Unavailable)),
            ("1", None),
            ("2067", None),
            ("53300", Some(Outage::Overloaded)),
            ("53100", Some(Outage::Full)),
            ("57P01", Some(Outage::Unavailable)),
            ("08006", Some(Outage::Unavailable)),
            ("23505", None),
            ("", None),
        ] {
            assert_eq!(Outage::of_code(code), outage, "{code}");
        }
    }
}
