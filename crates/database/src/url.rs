//! Where a database is: a `DATABASE_URL`, checked before anything is opened.

use std::path::PathBuf;

use crate::error::OpenError;

/// Which database system answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    Sqlite,
    Postgresql,
}

impl System {
    /// The well-known value of `db.system.name` (OpenTelemetry semantic conventions, databases).
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgresql => "postgresql",
        }
    }
}

/// A checked `DATABASE_URL`. Its `Debug` and `Display` leave out user, password and parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    url: String,
    system: System,
}

impl DatabaseUrl {
    /// # Errors
    /// [`OpenError::Scheme`] when it is neither `sqlite:` nor `postgres:` / `postgresql:`.
    pub fn parse(url: &str) -> Result<Self, OpenError> {
        let system = match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => System::Sqlite,
            Some("postgres" | "postgresql") => System::Postgresql,
            _ => return Err(OpenError::Scheme),
        };
        Ok(Self { url: url.to_owned(), system })
    }

    pub fn system(&self) -> System {
        self.system
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.url
    }

    /// `db.namespace`: the name of the database (PostgreSQL), the file's name (SQLite).
    pub(crate) fn namespace(&self) -> &str {
        let path = self.without_parameters();
        let name = path.rsplit(['/', ':']).next().unwrap_or_default();
        if name.is_empty() { self.system.name() } else { name }
    }

    /// The file of an SQLite database that is on disk.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        let path = self.without_parameters().strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        (!path.is_empty() && path != ":memory:").then(|| PathBuf::from(path))
    }

    fn without_parameters(&self) -> &str {
        self.url.split_once('?').map_or(self.url.as_str(), |(before, _)| before)
    }
}

impl std::fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} database {}", self.system.name(), self.namespace())
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_is_the_file_or_the_database() {
        for (url, namespace) in [
            ("sqlite://data/users.db?mode=rwc", "users.db"),
            ("sqlite::memory:", "sqlite"),
            ("postgres://me:secret@db.example:5432/cruddur?sslmode=require", "cruddur"),
        ] {
            assert_eq!(DatabaseUrl::parse(url).unwrap().namespace(), namespace, "{url}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let url = DatabaseUrl::parse("postgres://me:secret@db.example/cruddur?password=secret").unwrap();
        assert!(!format!("{url} {url:?}").contains("secret"));
    }

    #[test]
    fn another_system_is_refused() {
        assert!(matches!(DatabaseUrl::parse("mysql://x/y"), Err(OpenError::Scheme)));
        assert!(matches!(DatabaseUrl::parse(""), Err(OpenError::Scheme)));
    }
}
