//! An open volume: the database in its file, or a view of it where the file cannot be written.

use std::{fs::File, path::Path, sync::Arc, time::Duration};

use redb::{Builder, Database, DatabaseError};

use super::{file_view::FileView, volume_error::VolumeError};

/// Attempts to open a file that is still being closed.
const MAX_ATTEMPTS: u32 = 200;
const ATTEMPT_INTERVAL: Duration = Duration::from_millis(1);

#[derive(Debug)]
pub(super) struct Handle {
    pub(super) database: Database,
    /// Whether commits reach the file.
    pub(super) is_writable: bool,
}

impl Handle {
    /// Opens the file for reading and writing, and creates it if it does not exist. The engine repairs it when the process
    /// that wrote it was killed, or when a write failed.
    pub(super) fn writable(path: &Path, cache: usize) -> Result<Self, VolumeError> {
        retrying(|| builder(cache).create(path)).map(|database| Self { database, is_writable: true })
    }

    /// Opens an existing file. Where the file system refuses writes, such as a full one, it can still be read.
    pub(super) fn readable(path: &Path, cache: usize) -> Result<Self, VolumeError> {
        match retrying(|| builder(cache).open(path)) {
            Ok(database) => Ok(Self { database, is_writable: true }),
            Err(error) if error.is_refusal() => {
                let view = FileView::new(File::open(path)?)?;
                let database = builder(cache).create_with_backend(view)?;
                Ok(Self { database, is_writable: false })
            }
            Err(error) => Err(error),
        }
    }

    /// Ends a view, so that the file may change: waits for the reads that use it.
    pub(super) fn end(handle: &Arc<Self>) -> Result<(), VolumeError> {
        for _ in 0..MAX_ATTEMPTS {
            if Arc::strong_count(handle) == 1 {
                return Ok(());
            }
            std::thread::sleep(ATTEMPT_INTERVAL);
        }
        Err(DatabaseError::DatabaseAlreadyOpen.into())
    }
}

fn builder(cache: usize) -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(cache);
    builder
}

/// A reader from before the last close still has the file open, for as long as one read takes.
fn retrying(open: impl Fn() -> Result<Database, DatabaseError>) -> Result<Database, VolumeError> {
    let mut attempts = 0;
    loop {
        match open() {
            Err(DatabaseError::DatabaseAlreadyOpen) if attempts < MAX_ATTEMPTS => {
                attempts += 1;
                std::thread::sleep(ATTEMPT_INTERVAL);
            }
            other => return Ok(other?),
        }
    }
}
