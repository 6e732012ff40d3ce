//! One volume: a database file with one table, chunk number to [record](crate::record). Earlier versions wrote another
//! table, chunk number to body, which is only read.

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

use crate::{
    chunk::{ChunkId, Content},
    record,
};

const RECORDS: TableDefinition<u64, &[u8]> = TableDefinition::new("records");
/// What earlier versions wrote.
const BODIES: TableDefinition<u64, &[u8]> = TableDefinition::new("bodies");
const EXTENSION: &str = "redb";
/// The engine's page cache while a volume is written. Half of it holds what a commit writes; what does not fit there is
/// written early and read again for its checksum, at five times the cost.
const WRITE_CACHE: usize = 16 << 20;
/// Likewise, while a volume is only read: the system caches files already.
const READ_CACHE: usize = 1 << 20;

/// How often a file that is being closed is tried again.
const MAX_TRIES: u32 = 200;

/// The number of a volume; newer ones have higher numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct VolumeId(pub(crate) u32);

impl VolumeId {
    /// The first number of a chunk that this volume gives out.
    pub(crate) const fn first_chunk(self) -> u64 {
        (self.0 as u64) << 32
    }
}

/// What the engine says. Boxed: it is large, and rare.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct VolumeError(Box<redb::Error>);

impl<E: Into<redb::Error>> From<E> for VolumeError {
    fn from(error: E) -> Self {
        Self(Box::new(error.into()))
    }
}

/// One file of chunks. Opened when it is first read.
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

    pub(crate) fn create(folder: &Path, id: VolumeId) -> Result<Self, VolumeError> {
        let path = folder.join(format!("{:08}.{EXTENSION}", id.0));
        let volume = Self::new(path, id);
        volume.open_to_write()?;
        Ok(volume)
    }

    /// Makes it ready to be written, and begins it if it is not there.
    pub(crate) fn open_to_write(&self) -> Result<(), VolumeError> {
        let mut slot = self.slot();
        *slot = None; // the file is locked while it is open
        *slot = Some(Arc::new(Database::builder().set_cache_size(WRITE_CACHE).create(&self.path)?));
        Ok(())
    }

    /// Closes it, once nobody reads from it; whoever reads it next opens it with less memory.
    pub(crate) fn finish(&self) {
        *self.slot() = None;
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Arc<Database>>> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the file, and puts it in order when its process was killed.
    fn open(&self) -> Result<Arc<Database>, VolumeError> {
        let mut slot = self.slot();
        if let Some(database) = &*slot {
            return Ok(database.clone());
        }
        let mut tries = 0;
        let database = loop {
            match Database::builder().set_cache_size(READ_CACHE).open(&self.path) {
                // A reader from before `finish` still has it, for as long as one read takes.
                Err(DatabaseError::DatabaseAlreadyOpen) if tries < MAX_TRIES => {
                    tries += 1;
                    std::thread::sleep(Duration::from_millis(1));
                }
                other => break Arc::new(other?),
            }
        };
        *slot = Some(database.clone());
        Ok(database)
    }

    /// Writes records in one commit. When this returns they are on the disk.
    pub(crate) fn write<'r>(
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
    pub(crate) fn read(&self, id: ChunkId) -> Result<Option<(Content, Vec<u8>)>, VolumeError> {
        for (table, unpack) in self.tables()? {
            if let Some(stored) = table.get(id.0)? {
                return unpack(stored.value()).map(Some);
            }
        }
        Ok(None)
    }

    /// Hands on every chunk, by number.
    pub(crate) fn for_each(&self, mut each: impl FnMut(ChunkId, Content, &[u8])) -> Result<(), VolumeError> {
        for (table, unpack) in self.tables()? {
            for entry in table.iter()? {
                let (id, stored) = entry?;
                let (content, body) = unpack(stored.value())?;
                each(ChunkId(id.value()), content, &body);
            }
        }
        Ok(())
    }

    /// Checks every record, and hands on the numbers of all chunks.
    pub(crate) fn check(&self, mut each: impl FnMut(ChunkId)) -> Result<(), VolumeError> {
        if let Some(table) = self.table(BODIES)? {
            for entry in table.iter()? {
                each(ChunkId(entry?.0.value()));
            }
        }
        let Some(table) = self.table(RECORDS)? else { return Ok(()) };
        for entry in table.iter()? {
            let (id, record) = entry?;
            if !record::is_sound(record.value()) {
                return Err(damaged());
            }
            each(ChunkId(id.value()));
        }
        Ok(())
    }

    /// What there is, each with how to read it. Where both are, the bodies came first.
    fn tables(&self) -> Result<impl Iterator<Item = (Table, Unpack)>, VolumeError> {
        let bodies = self.table(BODIES)?.map(|table| (table, unmarked as Unpack));
        let records = self.table(RECORDS)?.map(|table| (table, unpack as Unpack));
        Ok(bodies.into_iter().chain(records))
    }

    /// A table, once something was written to it.
    fn table(&self, definition: TableDefinition<u64, &'static [u8]>) -> Result<Option<Table>, VolumeError> {
        match self.open()?.begin_read()?.open_table(definition) {
            Ok(table) => Ok(Some(table)),
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// What the file takes on the disk; it may have holes.
    pub(crate) fn bytes(&self) -> u64 {
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

    /// Takes the name away; the bytes go with the last reader.
    pub(crate) fn unlink(&self) {
        // What is gone already is gone.
        let _ = fs::remove_file(&self.path);
    }
}

type Table = ReadOnlyTable<u64, &'static [u8]>;
type Unpack = fn(&[u8]) -> Result<(Content, Vec<u8>), VolumeError>;

/// A body of an earlier version: behind its mark, or, still earlier, spans without one. No request begins like a mark.
#[expect(clippy::unnecessary_wraps, reason = "as records are read")]
fn unmarked(stored: &[u8]) -> Result<(Content, Vec<u8>), VolumeError> {
    Ok(match stored.split_first() {
        Some((b's', body)) => (Content::Spans, body.to_vec()),
        Some((b'l', body)) => (Content::Logs, body.to_vec()),
        _ => (Content::Spans, stored.to_vec()),
    })
}

fn unpack(record: &[u8]) -> Result<(Content, Vec<u8>), VolumeError> {
    record::unpack(record).ok_or_else(damaged)
}

fn damaged() -> VolumeError {
    redb::Error::Corrupted("a record is not what was written".to_owned()).into()
}

/// The volumes in a folder, unopened.
pub(crate) fn list(folder: &Path) -> io::Result<BTreeMap<VolumeId, Arc<Volume>>> {
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
