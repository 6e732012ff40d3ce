//! One volume: a database file with one table from chunk number to [`record`].
//!
//! Earlier versions wrote another table, from chunk number to uncompressed body. It is only read.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use super::{handle::Handle, volume_error::VolumeError};
use crate::storage::{
    ids::{ChunkId, ContentKind, VolumeId},
    record,
};
use redb::{
    Database, ReadOnlyTable, ReadableDatabase, ReadableTable, TableDefinition, TableError, WriteTransaction,
};

const RECORDS: TableDefinition<u64, &[u8]> = TableDefinition::new("records");
/// The table that earlier versions wrote.
const BODIES: TableDefinition<u64, &[u8]> = TableDefinition::new("bodies");
/// The table of [`Volume::try_write`]: it is empty.
const PROBE: TableDefinition<u64, &[u8]> = TableDefinition::new("probe");
const EXTENSION: &str = "redb";
/// The engine's page cache while a volume is written. Half of it holds the pages of a commit. Pages that do not fit are
/// written early and read again for their checksum, at five times the cost.
const WRITE_CACHE: usize = 16 << 20;
/// The page cache while a volume is only read. It is small, because the system caches files already.
const READ_CACHE: usize = 1 << 20;
/// How often an operation is done again with a new handle, after another thread's error or close ended its own.
const MAX_REOPENS: u32 = 3;

/// One file of chunks. It is opened by the first read.
///
/// After an error of a write the engine refuses everything until the file is opened again. So a handle with an error is
/// dropped, and the next operation opens the file.
#[derive(Debug)]
pub(crate) struct Volume {
    pub(crate) id: VolumeId,
    path: PathBuf,
    handle: Mutex<Option<Arc<Handle>>>,
    /// Whether this is the volume that new chunks go to.
    is_newest: AtomicBool,
    bytes: AtomicU64,
}

impl Volume {
    fn new(path: PathBuf, id: VolumeId) -> Self {
        let volume = Self {
            id,
            path,
            handle: Mutex::new(None),
            is_newest: AtomicBool::new(false),
            bytes: AtomicU64::new(0),
        };
        volume.measure();
        volume
    }

    pub(super) fn create(folder: &Path, id: VolumeId) -> Result<Self, VolumeError> {
        let path = folder.join(format!("{:08}.{EXTENSION}", id.0));
        let volume = Self::new(path, id);
        // A file that was created in part would be refused as no database.
        volume.open_to_write().inspect_err(|_| volume.unlink())?;
        Ok(volume)
    }

    /// Opens the file for writing, or creates it.
    pub(super) fn open_to_write(&self) -> Result<(), VolumeError> {
        self.is_newest.store(true, Ordering::Relaxed);
        let mut slot = self.slot();
        *slot = None; // the file is locked while it is open, and has another cache
        *slot = Some(Arc::new(Handle::writable(&self.path, WRITE_CACHE)?));
        Ok(())
    }

    /// Ends writing. The next read opens the file with a smaller cache.
    pub(super) fn close(&self) {
        self.is_newest.store(false, Ordering::Relaxed);
        *self.slot() = None;
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn slot(&self) -> MutexGuard<'_, Option<Arc<Handle>>> {
        self.handle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The handle for a read.
    fn readable(&self) -> Result<Arc<Handle>, VolumeError> {
        let mut slot = self.slot();
        if let Some(handle) = &*slot {
            return Ok(handle.clone());
        }
        Ok(slot.insert(Arc::new(Handle::readable(&self.path, self.cache())?)).clone())
    }

    /// The handle for a write.
    fn writable(&self) -> Result<Arc<Handle>, VolumeError> {
        let mut slot = self.slot();
        if let Some(handle) = slot.as_ref().filter(|handle| handle.is_writable) {
            return Ok(handle.clone());
        }
        if let Some(view) = slot.take() {
            Handle::end(&view)?;
        }
        Ok(slot.insert(Arc::new(Handle::writable(&self.path, self.cache())?)).clone())
    }

    fn cache(&self) -> usize {
        if self.is_newest.load(Ordering::Relaxed) { WRITE_CACHE } else { READ_CACHE }
    }

    /// Does an operation on a handle. A handle with an error is dropped, so that the next operation opens the file again; an
    /// operation that failed only because its handle had ended is done again.
    fn with<T>(
        &self,
        open: impl Fn(&Self) -> Result<Arc<Handle>, VolumeError>,
        mut operation: impl FnMut(&Database) -> Result<T, VolumeError>,
    ) -> Result<T, VolumeError> {
        let mut reopens = 0;
        loop {
            let handle = open(self)?;
            match operation(&handle.database) {
                Err(error) => {
                    self.drop_handle(&handle);
                    reopens += 1;
                    if !error.is_of_handle() || reopens > MAX_REOPENS {
                        return Err(error);
                    }
                }
                done => return done,
            }
        }
    }

    fn drop_handle(&self, handle: &Arc<Handle>) {
        let mut slot = self.slot();
        if slot.as_ref().is_some_and(|current| Arc::ptr_eq(current, handle)) {
            *slot = None;
        }
    }

    /// Writes records in one commit. They are durable when this returns.
    pub(super) fn write<'r>(
        &self,
        records: &(impl Iterator<Item = (ChunkId, &'r [u8])> + Clone),
    ) -> Result<(), VolumeError> {
        self.commit(|write| {
            let mut table = write.open_table(RECORDS)?;
            for (id, record) in records.clone() {
                table.insert(id.0, record)?;
            }
            Ok(())
        })
    }

    /// Writes so many bytes, and removes them: whether records of that size could be written.
    pub(super) fn try_write(&self, bytes: usize) -> Result<(), VolumeError> {
        let record = vec![0; bytes];
        self.commit(|write| Ok(write.open_table(PROBE)?.insert(0, &*record).map(drop)?))?;
        self.commit(|write| Ok(write.open_table(PROBE)?.remove(0).map(drop)?))
    }

    fn commit(
        &self,
        mut change: impl FnMut(&WriteTransaction) -> Result<(), VolumeError>,
    ) -> Result<(), VolumeError> {
        let committed = self.with(Self::writable, |database| {
            let write = database.begin_write()?;
            change(&write)?;
            Ok(write.commit()?)
        });
        self.measure();
        committed
    }

    /// The body of a chunk.
    pub(crate) fn read(&self, id: ChunkId) -> Result<Option<(ContentKind, Vec<u8>)>, VolumeError> {
        self.with(Self::readable, |database| {
            for (table, unpack) in tables(database)? {
                if let Some(stored) = table.get(id.0)? {
                    return unpack(stored.value()).map(Some);
                }
            }
            Ok(None)
        })
    }

    /// Passes every chunk to `each`, in the order of their numbers.
    pub(super) fn for_each(
        &self,
        mut each: impl FnMut(ChunkId, ContentKind, &[u8]),
    ) -> Result<(), VolumeError> {
        let mut next = 0;
        self.with(Self::readable, |database| {
            for (table, unpack) in tables(database)? {
                for entry in table.range(next..)? {
                    let (id, stored) = entry?;
                    let (content, body) = unpack(stored.value())?;
                    each(ChunkId(id.value()), content, &body);
                    next = id.value() + 1;
                }
            }
            Ok(())
        })
    }

    /// Verifies every record, and passes the numbers of all chunks to `each`.
    pub(super) fn check(&self, mut each: impl FnMut(ChunkId)) -> Result<(), VolumeError> {
        self.with(Self::readable, |database| {
            if let Some(table) = table(database, BODIES)? {
                for entry in table.iter()? {
                    each(ChunkId(entry?.0.value()));
                }
            }
            let Some(table) = table(database, RECORDS)? else { return Ok(()) };
            for entry in table.iter()? {
                let (id, record) = entry?;
                if !record::is_sound(record.value()) {
                    return Err(checksum_error());
                }
                each(ChunkId(id.value()));
            }
            Ok(())
        })
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

/// The tables of the file, each with its decoder. Where both exist, the bodies were written first.
fn tables(database: &Database) -> Result<impl Iterator<Item = (Table, Unpack)> + use<>, VolumeError> {
    let bodies = table(database, BODIES)?.map(|table| (table, unpack_body as Unpack));
    let records = table(database, RECORDS)?.map(|table| (table, unpack as Unpack));
    Ok(bodies.into_iter().chain(records))
}

/// A table. `None` before the first write to it.
fn table(
    database: &Database,
    definition: TableDefinition<u64, &'static [u8]>,
) -> Result<Option<Table>, VolumeError> {
    match database.begin_read()?.open_table(definition) {
        Ok(table) => Ok(Some(table)),
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
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
