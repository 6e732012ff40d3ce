//! One volume: a database file with one table from chunk number to [`record`].
//!
//! Earlier versions wrote another table, from chunk number to uncompressed body. It is only read.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use redb::{
    Database, DatabaseError, ReadOnlyTable, ReadableDatabase, ReadableTable, TableDefinition, TableError,
};
use thiserror::Error;

use crate::storage::{
    ids::{ChunkId, ContentKind, VolumeId},
    record,
};

const RECORDS: TableDefinition<u64, &[u8]> = TableDefinition::new("records");
/// The table that earlier versions wrote.
const BODIES: TableDefinition<u64, &[u8]> = TableDefinition::new("bodies");
const EXTENSION: &str = "redb";
/// The engine's page cache while a volume is written. Half of it holds the pages of a commit. Pages that do not fit are
/// written early and read again for their checksum, at five times the cost.
const WRITE_CACHE: usize = 16 << 20;
/// The page cache while a volume is only read. It is small, because the system caches files already.
const READ_CACHE: usize = 1 << 20;

/// Attempts to open a file that is still being closed, 1 ms apart.
const MAX_ATTEMPTS: u32 = 200;

/// An error of the database engine. Boxed, because it is large and rare.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct VolumeError(Box<redb::Error>);

impl<E: Into<redb::Error>> From<E> for VolumeError {
    fn from(error: E) -> Self {
        Self(Box::new(error.into()))
    }
}

/// One file of chunks. It is opened by the first read.
#[derive(Debug)]
pub(crate) struct Volume {
    pub(crate) id: VolumeId,
    path: PathBuf,
    database: Mutex<Option<Arc<Database>>>,
    bytes: AtomicU64,
}

impl Volume {
    fn new(path: PathBuf, id: VolumeId) -> Self {
        let volume = Self { id, path, database: Mutex::new(None), bytes: AtomicU64::new(0) };
        volume.measure();
        volume
    }

    pub(super) fn create(folder: &Path, id: VolumeId) -> Result<Self, VolumeError> {
        let path = folder.join(format!("{:08}.{EXTENSION}", id.0));
        let volume = Self::new(path, id);
        volume.open_to_write()?;
        Ok(volume)
    }

    /// Opens the file for writing, or creates it.
    pub(super) fn open_to_write(&self) -> Result<(), VolumeError> {
        let mut slot = self.slot();
        *slot = None; // the file is locked while it is open
        *slot = Some(Arc::new(Database::builder().set_cache_size(WRITE_CACHE).create(&self.path)?));
        Ok(())
    }

    /// Closes the file once its last reader is done. The next read opens it with a smaller cache.
    pub(super) fn close(&self) {
        *self.slot() = None;
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Arc<Database>>> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the file. The engine repairs it when the process that wrote it was killed.
    fn open(&self) -> Result<Arc<Database>, VolumeError> {
        let mut slot = self.slot();
        if let Some(database) = &*slot {
            return Ok(database.clone());
        }
        let mut attempts = 0;
        let database = loop {
            match Database::builder().set_cache_size(READ_CACHE).open(&self.path) {
                // A reader from before `close` still has it open, for as long as one read takes.
                Err(DatabaseError::DatabaseAlreadyOpen) if attempts < MAX_ATTEMPTS => {
                    attempts += 1;
                    std::thread::sleep(Duration::from_millis(1));
                }
                other => break Arc::new(other?),
            }
        };
        *slot = Some(database.clone());
        Ok(database)
    }

    /// Writes records in one commit. They are durable when this returns.
    pub(super) fn write<'r>(
        &self,
        records: impl Iterator<Item = (ChunkId, &'r [u8])>,
    ) -> Result<(), VolumeError> {
        let write = self.open()?.begin_write()?;
        {
            let mut table = write.open_table(RECORDS)?;
            for (id, record) in records {
                table.insert(id.0, record)?;
            }
        }
        write.commit()?;
        self.measure();
        Ok(())
    }

    /// The body of a chunk.
    pub(crate) fn read(&self, id: ChunkId) -> Result<Option<(ContentKind, Vec<u8>)>, VolumeError> {
        for (table, unpack) in self.tables()? {
            if let Some(stored) = table.get(id.0)? {
                return unpack(stored.value()).map(Some);
            }
        }
        Ok(None)
    }

    /// Passes every chunk to `each`, in the order of their numbers.
    pub(super) fn for_each(
        &self,
        mut each: impl FnMut(ChunkId, ContentKind, &[u8]),
    ) -> Result<(), VolumeError> {
        for (table, unpack) in self.tables()? {
            for entry in table.iter()? {
                let (id, stored) = entry?;
                let (content, body) = unpack(stored.value())?;
                each(ChunkId(id.value()), content, &body);
            }
        }
        Ok(())
    }

    /// Verifies every record, and passes the numbers of all chunks to `each`.
    pub(super) fn check(&self, mut each: impl FnMut(ChunkId)) -> Result<(), VolumeError> {
        if let Some(table) = self.table(BODIES)? {
            for entry in table.iter()? {
                each(ChunkId(entry?.0.value()));
            }
        }
        let Some(table) = self.table(RECORDS)? else { return Ok(()) };
        for entry in table.iter()? {
            let (id, record) = entry?;
            if !record::is_sound(record.value()) {
                return Err(checksum_error());
            }
            each(ChunkId(id.value()));
        }
        Ok(())
    }

    /// The tables of the file, each with its decoder. Where both exist, the bodies were written first.
    fn tables(&self) -> Result<impl Iterator<Item = (Table, Unpack)>, VolumeError> {
        let bodies = self.table(BODIES)?.map(|table| (table, unpack_body as Unpack));
        let records = self.table(RECORDS)?.map(|table| (table, unpack as Unpack));
        Ok(bodies.into_iter().chain(records))
    }

    /// A table. `None` before the first write to it.
    fn table(&self, definition: TableDefinition<u64, &'static [u8]>) -> Result<Option<Table>, VolumeError> {
        match self.open()?.begin_read()?.open_table(definition) {
            Ok(table) => Ok(Some(table)),
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Bytes that the file takes on disk. It may be sparse.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    fn measure(&self) {
        if let Ok(metadata) = fs::metadata(&self.path) {
            #[cfg(unix)]
            let bytes = std::os::unix::fs::MetadataExt::blocks(&metadata) * 512;
            #[cfg(not(unix))]
            let bytes = metadata.len();
            self.bytes.store(bytes, Ordering::Relaxed);
        }
    }

    /// Unlinks the file. Its bytes are freed when the last reader closes it.
    pub(super) fn unlink(&self) {
        // It may be gone already.
        let _ = fs::remove_file(&self.path);
    }
}

type Table = ReadOnlyTable<u64, &'static [u8]>;
type Unpack = fn(&[u8]) -> Result<(ContentKind, Vec<u8>), VolumeError>;

/// A body of an earlier version: behind a tag or, in the earliest, spans without one. No request begins with a tag.
#[expect(clippy::unnecessary_wraps, reason = "has the type of `unpack`")]
fn unpack_body(stored: &[u8]) -> Result<(ContentKind, Vec<u8>), VolumeError> {
    Ok(match stored.split_first() {
        Some((b's', body)) => (ContentKind::Spans, body.to_vec()),
        Some((b'l', body)) => (ContentKind::Logs, body.to_vec()),
        _ => (ContentKind::Spans, stored.to_vec()),
    })
}

fn unpack(record: &[u8]) -> Result<(ContentKind, Vec<u8>), VolumeError> {
    record::unpack(record).ok_or_else(checksum_error)
}

fn checksum_error() -> VolumeError {
    redb::Error::Corrupted("the checksum of a record is wrong".to_owned()).into()
}

/// The volumes in a folder, not yet opened.
pub(super) fn list(folder: &Path) -> io::Result<BTreeMap<VolumeId, Arc<Volume>>> {
    let mut volumes = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_volume = path.extension().is_some_and(|extension| extension == EXTENSION);
        let number = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        if let (true, Some(number)) = (is_volume, number) {
            volumes.insert(VolumeId(number), Arc::new(Volume::new(path, VolumeId(number))));
        }
    }
    Ok(volumes)
}
