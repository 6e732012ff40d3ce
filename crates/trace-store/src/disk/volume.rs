//! One volume: a database file with one table, chunk number to [record](crate::record).

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
const EXTENSION: &str = "redb";
/// The engine's page cache while a volume is written. A tenth of it holds what a commit writes; what does not fit there
/// is written early and read again for its checksum, at five times the cost.
const WRITE_CACHE: usize = 40 << 20;
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
        let Some(table) = self.records()? else { return Ok(None) };
        table.get(id.0)?.map(|record| unpack(record.value())).transpose()
    }

    /// Hands on every chunk, by number.
    pub(crate) fn for_each(&self, mut each: impl FnMut(ChunkId, Content, &[u8])) -> Result<(), VolumeError> {
        let Some(table) = self.records()? else { return Ok(()) };
        for entry in table.iter()? {
            let (id, record) = entry?;
            let (content, body) = unpack(record.value())?;
            each(ChunkId(id.value()), content, &body);
        }
        Ok(())
    }

    /// Checks every record, and hands on its number.
    pub(crate) fn check(&self, mut each: impl FnMut(ChunkId)) -> Result<(), VolumeError> {
        let Some(table) = self.records()? else { return Ok(()) };
        for entry in table.iter()? {
            let (id, record) = entry?;
            if !record::is_sound(record.value()) {
                return Err(damaged());
            }
            each(ChunkId(id.value()));
        }
        Ok(())
    }

    /// The table, once something was written.
    fn records(&self) -> Result<Option<ReadOnlyTable<u64, &'static [u8]>>, VolumeError> {
        match self.open()?.begin_read()?.open_table(RECORDS) {
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
