//! Chunks on disk: a folder of volumes, each one database file of the engine.
//!
//! New chunks go into the newest volume, through one thread that commits whatever has gathered while the commit
//! before it ran. When a volume has its size the next is begun, and when the folder has its size the oldest volume is
//! unlinked: nothing is ever deleted inside a file. A volume that cannot be read is set aside under another name.

mod replay;
mod volume;
mod writer;

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use thiserror::Error;

pub use replay::Damaged;
pub use volume::VolumeError;
pub(crate) use volume::{Volume, VolumeId};
use writer::Writer;

use crate::{
    carry,
    chunk::{ChunkId, Content},
};

/// The folder is cut into about so many volumes: each carries a share of the traces away when it goes.
const VOLUMES: u64 = 16;
/// This share of the folder's size stays free for what one commit may add.
const RESERVE: u64 = 4;

/// Why a folder cannot be used.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error("cannot use {}", path.display())]
    Folder {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} is in use by another process", path.display())]
    InUse { path: PathBuf },
    #[error("cannot begin a volume")]
    Volume(#[from] VolumeError),
}

/// A chunk could not be written.
#[derive(Debug, Clone, Error)]
pub enum WriteError {
    #[error("the disk did not take it")]
    Volume(#[source] Arc<VolumeError>),
    #[error("the store is closing")]
    Closed,
}

/// The folder of volumes.
#[derive(Debug)]
pub(crate) struct Disk {
    volumes: Arc<Volumes>,
    writer: Writer,
    limit: u64,
    /// The volume that this process began with, and the first number that it gave out itself.
    first: VolumeId,
    next: ChunkId,
    /// The newest volume was found damaged.
    damaged: Option<Damaged>,
    /// Holds the folder for this process.
    _lock: File,
}

/// The volumes that there are, oldest first, and what could not be read.
#[derive(Debug)]
pub(crate) struct Volumes {
    folder: PathBuf,
    list: Mutex<BTreeMap<VolumeId, Arc<Volume>>>,
    damaged: AtomicU64,
}

impl Volumes {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<VolumeId, Arc<Volume>>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins the volume after all others.
    fn begin(&self) -> Result<Arc<Volume>, VolumeError> {
        let mut list = self.lock();
        let id = list.last_key_value().map_or(VolumeId(1), |(id, _)| VolumeId(id.0 + 1));
        let volume = Arc::new(Volume::create(&self.folder, id)?);
        list.insert(id, volume.clone());
        Ok(volume)
    }

    /// Goes on with the newest volume when it has room, so that many starts do not leave many small files. It is read to
    /// its end first: what is written to must be sound.
    fn resume(&self, volume_bytes: u64, damaged: &mut Option<Damaged>) -> Option<(Arc<Volume>, ChunkId)> {
        let volume = self.lock().last_key_value().map(|(_, volume)| volume.clone())?;
        if volume.bytes() >= volume_bytes {
            return None;
        }
        let mut next = ChunkId(volume.id.first_chunk());
        match replay::check(&volume, |id| next = ChunkId(id.0 + 1)) {
            Ok(()) => volume.open_to_write().ok().map(|()| (volume, next)),
            Err(reason) => {
                *damaged = Some(Damaged { aside: self.set_aside(volume.id), reason });
                None
            }
        }
    }

    fn bytes(&self) -> u64 {
        self.lock().values().map(|volume| volume.bytes()).sum()
    }

    /// Unlinks a volume. Who reads from it still can.
    fn remove(&self, id: VolumeId) {
        if let Some(volume) = self.lock().remove(&id) {
            volume.unlink();
        }
    }

    /// Puts a volume that cannot be read where nobody looks for volumes. One such file is kept, the newest.
    fn set_aside(&self, id: VolumeId) -> Option<PathBuf> {
        let volume = self.lock().remove(&id)?;
        self.damaged.fetch_add(1, Ordering::Relaxed);
        let aside = self.folder.join("damaged.redb");
        fs::rename(volume.path(), &aside).ok().map(|()| aside)
    }
}

impl Disk {
    /// Opens a folder, making it if need be, and begins a volume for what comes. What lies there is read by
    /// [`replay`].
    pub(crate) fn open(folder: &Path, limit: u64) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Folder { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        let lock = File::create(folder.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(OpenError::InUse { path: folder.to_owned() }),
            Err(fs::TryLockError::Error(source)) => return Err(failed(source)),
        }
        let list = Mutex::new(volume::list(folder).map_err(failed)?);
        let volumes = Arc::new(Volumes { folder: folder.to_owned(), list, damaged: AtomicU64::new(0) });
        let volume_bytes = limit / VOLUMES;
        let mut damaged = None;
        let (volume, next) = if let Some(resumed) = volumes.resume(volume_bytes, &mut damaged) {
            resumed
        } else {
            let volume = volumes.begin()?;
            let next = ChunkId(volume.id.first_chunk());
            (volume, next)
        };
        let first = volume.id;
        let writer = Writer::start(volumes.clone(), volume, next, volume_bytes).map_err(failed)?;
        Ok(Self { volumes, writer, limit, first, next, damaged, _lock: lock })
    }

    /// Writes the record of a chunk. When this returns it is on the disk, together with its number.
    pub(crate) fn append(&self, record: Box<[u8]>) -> Result<(ChunkId, Arc<Volume>), WriteError> {
        self.writer.append(record)
    }

    /// The oldest volume, when there is more on the disk than may be. Never the one that is being written.
    pub(crate) fn surplus(&self) -> Option<VolumeId> {
        let room = self.limit - self.limit / RESERVE;
        if self.volumes.bytes() <= room {
            return None;
        }
        let list = self.volumes.lock();
        (list.len() > 1).then(|| list.keys().next().copied()).flatten()
    }

    /// How many bytes of a volume that goes may be written again.
    pub(crate) const fn carried_bytes(&self) -> usize {
        (self.limit / VOLUMES) as usize / carry::SHARE
    }

    pub(crate) fn remove(&self, id: VolumeId) {
        self.volumes.remove(id);
    }

    /// Hands on the chunks of earlier processes, see [`replay::replay`].
    pub(crate) fn replay(
        &self,
        each: impl FnMut(ChunkId, &Arc<Volume>, Content, &[u8]),
        forget: impl FnMut(&Arc<Volume>),
        report: &mut dyn FnMut(&Damaged),
    ) {
        if let Some(damaged) = &self.damaged {
            report(damaged);
        }
        replay::replay(&self.volumes, self.next, each, forget, report);
    }

    /// The volumes that this process never wrote to.
    pub(crate) fn earlier(&self) -> Vec<VolumeId> {
        self.volumes.lock().keys().copied().take_while(|id| *id < self.first).collect()
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.volumes.bytes()
    }

    pub(crate) fn damaged(&self) -> u64 {
        self.volumes.damaged.load(Ordering::Relaxed)
    }
}
