//! Database URLs, checked before anything is opened.

use std::path::PathBuf;

use crate::error::UrlError;

/// A database system.
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

/// A checked database URL. Its `Debug` and `Display` omit user, password and parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    url: String,
    system: System,
}

/// Where a database is, as attributes of its spans.
#[derive(Debug)]
pub(crate) struct Location {
    /// `db.namespace`
    pub(crate) namespace: String,
    /// `server.address` and `server.port`
    pub(crate) server: Option<(String, u16)>,
}

impl DatabaseUrl {
    /// # Errors
    /// [`UrlError::Scheme`] when it begins with neither `sqlite:` nor `postgres:` / `postgresql:`; [`UrlError::Memory`]
    /// when it names no file, because each connection of a pool would have its own database in memory.
    pub fn parse(url: &str) -> Result<Self, UrlError> {
        let system = match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => System::Sqlite,
            Some("postgres" | "postgresql") => System::Postgresql,
            _ => return Err(UrlError::Scheme),
        };
        let url = Self { url: url.to_owned(), system };
        if system == System::Sqlite && (url.file().is_none() || url.url.contains("mode=memory")) {
            return Err(UrlError::Memory);
        }
        Ok(url)
    }

    pub fn system(&self) -> System {
        self.system
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.url
    }

    /// `db.namespace`: the name of the database (PostgreSQL) or of the file (SQLite), else of the system.
    fn namespace(&self) -> &str {
        let location = self.without_parameters().split_once(':').map_or("", |(_, rest)| rest);
        let name = match self.system {
            System::Sqlite => location.rsplit('/').next(),
            // User, password, host and port come before the first slash.
            System::Postgresql => location.trim_start_matches('/').split_once('/').map(|(_, name)| name),
        };
        name.filter(|name| !name.is_empty()).unwrap_or(self.system.name())
    }

    pub(crate) fn location(&self) -> Location {
        Location { namespace: self.namespace().to_owned(), server: self.server() }
    }

    /// Host and port of PostgreSQL, if the URL names a host.
    fn server(&self) -> Option<(String, u16)> {
        const DEFAULT: u16 = 5432;
        if self.system != System::Postgresql {
            return None;
        }
        let url = url::Url::parse(&self.url).ok()?;
        let host = url.host_str().filter(|host| !host.is_empty())?.trim_matches(['[', ']']).to_owned();
        Some((host, url.port().unwrap_or(DEFAULT)))
    }

    /// The file of an SQLite database. Its path is percent-decoded, as sqlx does.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        let path = self.without_parameters().strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        (!path.is_empty() && path != ":memory:")
            .then(|| PathBuf::from(&*percent_encoding::percent_decode_str(path).decode_utf8_lossy()))
    }

    /// Whether SQLite creates a missing file.
    pub(crate) fn creates_file(&self) -> bool {
        self.url
            .split_once('?')
            .is_some_and(|(_, parameters)| parameters.split('&').any(|it| it == "mode=rwc"))
    }

    /// The PostgreSQL server in an error.
    pub(crate) fn server_name(&self) -> String {
        match self.server() {
            Some((host, port)) => format!("PostgreSQL at {host}:{port}"),
            None => "PostgreSQL".to_owned(),
        }
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
            ("sqlite:users.db", "users.db"),
            ("postgres://me:secret@db.example", "postgresql"),
            ("postgres://me:secret@db.example:5432/", "postgresql"),
            ("postgres://me:secret@db.example:5432/cruddur?sslmode=require", "cruddur"),
        ] {
            assert_eq!(DatabaseUrl::parse(url).unwrap().namespace(), namespace, "{url}");
        }
    }

    #[test]
    fn the_path_of_a_file_is_percent_decoded() {
        for (url, file) in [
            ("sqlite:///srv/100%25/c%23/users.db?mode=rwc", "/srv/100%/c#/users.db"),
            ("sqlite:users.db", "users.db"),
        ] {
            assert_eq!(DatabaseUrl::parse(url).unwrap().file(), Some(PathBuf::from(file)));
        }
    }

    #[test]
    fn the_server_is_the_host_of_postgresql() {
        for (url, server) in [
            ("sqlite://data/users.db", None),
            ("postgres://me:secret@db.example/cruddur", Some(("db.example", 5432))),
            ("postgresql://me@[::1]:5433/cruddur?sslmode=require", Some(("::1", 5433))),
            ("postgres:///cruddur?host=/run/postgresql", None),
        ] {
            let found = DatabaseUrl::parse(url).unwrap().server();
            assert_eq!(found.as_ref().map(|(host, port)| (host.as_str(), *port)), server, "{url}");
        }
    }

    #[test]
    fn display_and_debug_omit_the_password() {
        for url in [
            "postgres://me:secret@db.example/cruddur?password=secret",
            "postgres://me:secret@db.example",
            "postgres://secret@db.example?password=secret",
        ] {
            let url = DatabaseUrl::parse(url).unwrap();
            assert!(!format!("{url} {url:?} {}", url.namespace()).contains("secret"));
        }
    }

    #[test]
    fn a_database_in_memory_is_rejected() {
        for url in ["sqlite::memory:", "sqlite://:memory:", "sqlite://", "sqlite://x?mode=memory"] {
            assert!(matches!(DatabaseUrl::parse(url), Err(UrlError::Memory)), "{url}");
        }
    }

    #[test]
    fn another_system_is_rejected() {
        assert!(matches!(DatabaseUrl::parse("mysql://x/y"), Err(UrlError::Scheme)));
        assert!(matches!(DatabaseUrl::parse(""), Err(UrlError::Scheme)));
    }
}
