//! Chunks on disk: a folder of volumes, each one database file of the embedded engine.
//!
//! - New chunks go to the newest volume. One writer thread commits all records that queued up during the last commit.
//! - A volume that has reached its size is closed, and the next one is created.
//! - When the folder has reached its limit, the oldest volume is unlinked. Nothing is ever deleted inside a file.
//! - A volume that cannot be read is renamed out of the way.
//!
//! - After a failed write, the file is opened again: writing goes on by itself once there is room.
//!
//! Layers, the lowest first: `volume_error`; `file_view` and `handle`, an open file; `room`; `volume`, `verify`, `volumes`,
//! `replay` and `writer`, and [`Disk`] here.

mod file_view;
mod handle;
mod replay;
mod room;
mod verify;
mod volume;
mod volume_error;
mod volumes;
mod writer;

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use thiserror::Error;

pub(crate) use volume::Volume;
pub use volume_error::VolumeError;
pub use volumes::DamagedVolume;
use volumes::Volumes;
pub use writer::WriteError;
use writer::Writer;

use crate::storage::ids::{ChunkId, ContentKind, VolumeId};

/// The folder is divided into about this many volumes. Evicting one evicts that share of the traces.
const VOLUMES: u64 = 16;
/// One part in this many of the folder's limit stays free for the next commit.
const RESERVE: u64 = 4;

/// Why a folder cannot be used.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error("cannot use the folder {}", path.display())]
    Folder {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the folder {} is in use by another process", path.display())]
    InUse { path: PathBuf },
    #[error("cannot create a database file")]
    Volume(#[from] VolumeError),
}

/// The folder of volumes, locked for this process.
#[derive(Debug)]
pub(crate) struct Disk {
    volumes: Arc<Volumes>,
    writer: Writer,
    limit: u64,
    /// The volume that this process wrote to first.
    first: VolumeId,
    /// The first chunk number that this process assigned.
    next: ChunkId,
    /// Set when the newest volume was damaged.
    damaged: Option<DamagedVolume>,
    /// Holds the lock of the folder until it is dropped.
    _lock: File,
}

impl Disk {
    /// Opens a folder, or creates it. Chunks of earlier processes are read by [`Self::replay`].
    pub(crate) fn open(folder: &Path, limit: u64) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Folder { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        let lock = open_lock(&folder.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(OpenError::InUse { path: folder.to_owned() }),
            Err(fs::TryLockError::Error(source)) => return Err(failed(source)),
        }
        let volumes = Arc::new(Volumes::list(folder).map_err(failed)?);
        let volume_bytes = limit / VOLUMES;
        let mut damaged = None;
        let (volume, next) = match volumes.resume(volume_bytes, &mut damaged) {
            Some(resumed) => resumed,
            None => match volumes.create() {
                Ok(volume) => (volume.clone(), ChunkId(volume.id.first_chunk())),
                // Until a file can be created, stored traces can be read.
                Err(error) if error.is_refusal() => {
                    volumes.resume(u64::MAX, &mut damaged).ok_or(OpenError::Volume(error))?
                }
                Err(error) => return Err(error.into()),
            },
        };
        let first = volume.id;
        let writer = Writer::start(volumes.clone(), volume, next, volume_bytes).map_err(failed)?;
        Ok(Self { volumes, writer, limit, first, next, damaged, _lock: lock })
    }

    /// Writes the record of a chunk. It is durable when this returns its number.
    pub(crate) fn append(&self, record: Box<[u8]>) -> Result<(ChunkId, Arc<Volume>), WriteError> {
        self.writer.append(record)
    }

    /// Checks that the next write is likely to succeed.
    pub(crate) fn check(&self) -> Result<(), WriteError> {
        self.volumes.check_room().map_err(|error| WriteError::Volume(Arc::new(error.into())))?;
        self.writer.check()
    }

    /// The oldest volume, when the files take more than the limit allows. Never the one that is being written.
    pub(crate) fn surplus(&self) -> Option<VolumeId> {
        let room = self.limit - self.limit / RESERVE;
        if self.volumes.bytes() <= room {
            return None;
        }
        self.volumes.oldest_of_several()
    }

    /// Bytes after which a volume is full.
    pub(crate) const fn volume_bytes(&self) -> usize {
        (self.limit / VOLUMES) as usize
    }

    pub(crate) fn remove(&self, id: VolumeId) {
        self.volumes.remove(id);
    }

    /// Passes the chunks of earlier processes to `each`, see [`replay::replay`].
    pub(crate) fn replay(
        &self,
        each: impl FnMut(ChunkId, &Arc<Volume>, ContentKind, &[u8]),
        forget: impl FnMut(&Arc<Volume>),
        report: &mut dyn FnMut(&DamagedVolume),
    ) {
        if let Some(damaged) = &self.damaged {
            report(damaged);
        }
        replay::replay(&self.volumes, self.next, each, forget, report);
    }

    /// The volumes that this process never wrote to, and could read.
    pub(crate) fn earlier_volumes(&self) -> Vec<VolumeId> {
        self.volumes.readable_before(self.first)
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.volumes.bytes()
    }

    /// Volumes that were damaged, since the start.
    pub(crate) fn damaged_count(&self) -> u64 {
        self.volumes.damaged_count()
    }
}

/// The file is opened for reading, so that it does not keep a file system from being remounted read-only.
fn open_lock(path: &Path) -> io::Result<File> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            File::create(path)?;
            File::open(path)
        }
        opened => opened,
    }
}
