//! Data directory of the launcher and `cruddur seed`: where the databases of the services are.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::TempDir;

use crate::part::Part;

/// The data directory of a run. A temporary one is removed at the end.
pub(crate) struct DataDir {
    pub(crate) path: PathBuf,
    temporary: Option<TempDir>,
}

impl DataDir {
    /// Creates the directory: `requested`, else a temporary one with random ports, else `data`.
    pub(crate) fn create(requested: Option<&Path>, random_ports: bool) -> anyhow::Result<Self> {
        let temporary = match (requested, random_ports) {
            (None, true) => {
                Some(TempDir::with_prefix("cruddur-").context("cannot create a temporary data directory")?)
            }
            _ => None,
        };
        let path = match (requested, &temporary) {
            (Some(path), _) => path.to_owned(),
            (None, Some(temporary)) => temporary.path().to_owned(),
            (None, None) => PathBuf::from("data"),
        };
        let unusable =
            || format!("cannot use {} as data directory; choose another with --data DIR", path.display());
        std::fs::create_dir_all(&path).with_context(unusable)?;
        let path = path.canonicalize().with_context(unusable)?;
        Ok(Self { path, temporary })
    }

    /// Removes the directory if it is temporary.
    pub(crate) fn remove(self) -> anyhow::Result<()> {
        let Some(directory) = self.temporary else { return Ok(()) };
        directory
            .close()
            .with_context(|| format!("cannot remove the temporary directory {}", self.path.display()))
    }
}

/// The variable that overrides the database of a service.
pub(crate) fn database_variable(part: Part) -> Option<&'static str> {
    match part {
        Part::Users => Some("USERS_DATABASE_URL"),
        Part::Activities => Some("ACTIVITIES_DATABASE_URL"),
        Part::Gateway | Part::Waterfall => None,
    }
}

/// URL of the SQLite file of a service in the data directory, percent-encoded.
pub(crate) fn sqlite_url(data: &Path, name: &str) -> String {
    let mut path = String::new();
    for character in data.join(format!("{name}.db")).to_string_lossy().chars() {
        match character {
            '%' => path.push_str("%25"),
            '?' => path.push_str("%3F"),
            '#' => path.push_str("%23"),
            _ => path.push(character),
        }
    }
    format!("sqlite://{path}?mode=rwc")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_characters_in_a_path_are_percent_encoded() {
        assert_eq!(
            sqlite_url(Path::new("/a b/50%?#"), "users"),
            "sqlite:///a b/50%25%3F%23/users.db?mode=rwc"
        );
    }
}
