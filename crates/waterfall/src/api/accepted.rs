//! Findings that are known and accepted: those of the file that `WATERFALL_DOCTOR_CONFIG` names, and those that were accepted on the
//! page.
//!
//! The latter are kept in `doctor.toml` of the data directory, which only this process writes. Without a directory they are kept until
//! the process ends.

use std::{
    fs, io,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use ::doctor::{Suppressions, suppression::Suppression};
use thiserror::Error;

/// Entries that may be made on the page. Each is compared with every finding.
const MAX_ENTRIES: usize = 500;
/// Bytes of a text of an entry.
const MAX_TEXT: usize = 1_024;

#[derive(Debug, Default)]
pub(crate) struct Accepted {
    of_file: Suppressions,
    of_page: Mutex<Suppressions>,
    /// Where those of the page are kept.
    path: Option<PathBuf>,
}

/// Why an entry is not changed.
#[derive(Debug, Error)]
pub(super) enum AcceptError {
    #[error("the entry is not valid: {0}")]
    Invalid(#[from] ::doctor::suppression::SuppressionError),
    #[error("a code, service, route or reason has at most {MAX_TEXT} bytes")]
    TooLong,
    #[error("{MAX_ENTRIES} entries were made on the page: remove some")]
    TooMany,
    #[error(
        "the entry is in the file that WATERFALL_DOCTOR_CONFIG names: remove it there, and restart the waterfall"
    )]
    OfFile,
    #[error("there is no such entry")]
    Unknown,
}

/// Whether the entries of the page outlast the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    OnDisk,
    UntilRestart,
}

impl Accepted {
    /// Reads the entries that were made on the page. A file that cannot be read is left as it is, and logged.
    pub(crate) fn new(of_file: Suppressions, data: Option<PathBuf>) -> Self {
        let path = data.map(|folder| folder.join("doctor.toml"));
        let read = path.as_ref().map_or(Ok(String::new()), fs::read_to_string);
        let of_page = match read.map(|text| Suppressions::parse(&text)) {
            Ok(Ok(entries)) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Suppressions::default(),
            Ok(Err(error)) => return Self::without_disk(of_file, &error),
            Err(error) => return Self::without_disk(of_file, &error),
        };
        Self { of_file, of_page: Mutex::new(of_page), path }
    }

    fn without_disk(of_file: Suppressions, error: &dyn std::error::Error) -> Self {
        let error = process::error_chain(error);
        tracing::error!(
            error,
            "cannot read doctor.toml in the data directory, so findings that were suppressed on the page are shown again: correct or \
             delete the file, and restart"
        );
        Self { of_file, ..Self::default() }
    }

    /// All entries; those of the file first.
    pub(super) fn all(&self) -> Suppressions {
        self.of_file.and(&self.of_page())
    }

    /// The number of entries of the file.
    pub(super) fn of_file(&self) -> usize {
        self.of_file.len()
    }

    pub(super) fn add(&self, entry: Suppression) -> Result<Kept, AcceptError> {
        let texts = [&entry.code, &entry.service, &entry.route, &entry.reason];
        if texts.into_iter().flatten().any(|text| text.len() > MAX_TEXT) {
            return Err(AcceptError::TooLong);
        }
        let mut of_page = self.of_page();
        if of_page.len() >= MAX_ENTRIES {
            return Err(AcceptError::TooMany);
        }
        of_page.add(entry)?;
        Ok(self.keep(&of_page))
    }

    pub(super) fn remove(&self, entry: &Suppression) -> Result<Kept, AcceptError> {
        let mut of_page = self.of_page();
        if of_page.remove(entry) {
            return Ok(self.keep(&of_page));
        }
        Err(if self.of_file.has(entry) { AcceptError::OfFile } else { AcceptError::Unknown })
    }

    fn of_page(&self) -> MutexGuard<'_, Suppressions> {
        self.of_page.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the file as a whole.
    fn keep(&self, of_page: &Suppressions) -> Kept {
        let Some(path) = &self.path else { return Kept::UntilRestart };
        let new = path.with_extension("toml.new");
        match fs::write(&new, of_page.to_toml()).and_then(|()| fs::rename(&new, path)) {
            Ok(()) => Kept::OnDisk,
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "what was accepted on the page is kept until the restart only");
                Kept::UntilRestart
            }
        }
    }
}
