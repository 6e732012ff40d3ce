//! The volumes of a folder, the oldest first.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    super::ids::{ChunkId, VolumeId},
    room,
    verify::{self, Unread},
    volume::{self, Volume},
    volume_error::VolumeError,
};

/// A volume that could not be read to its end.
#[derive(Debug)]
pub struct DamagedVolume {
    /// Where the file is now. `None` when it was not renamed: it could not be, or the system refused to read it.
    pub moved_to: Option<PathBuf>,
    /// The error of the engine.
    pub reason: String,
}

#[derive(Debug)]
pub(super) struct Volumes {
    folder: PathBuf,
    list: Mutex<BTreeMap<VolumeId, Arc<Volume>>>,
    /// Those that the system refused to read. They may be sound, so that none is unlinked for being unused.
    refused: Mutex<BTreeSet<VolumeId>>,
    damaged: AtomicU64,
}

impl Volumes {
    /// The volumes in a folder, not yet opened.
    pub(super) fn list(folder: &Path) -> io::Result<Self> {
        let list = Mutex::new(volume::list(folder)?);
        Ok(Self { folder: folder.to_owned(), list, refused: Mutex::default(), damaged: AtomicU64::new(0) })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<VolumeId, Arc<Volume>>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Creates the volume after all others.
    pub(super) fn create(&self) -> Result<Arc<Volume>, VolumeError> {
        let mut list = self.lock();
        let id = list.last_key_value().map_or(VolumeId(1), |(id, _)| VolumeId(id.0 + 1));
        let volume = Arc::new(Volume::create(&self.folder, id)?);
        list.insert(id, volume.clone());
        Ok(volume)
    }

    /// Checks that the file system has room for a commit.
    pub(super) fn check_room(&self) -> io::Result<()> {
        room::check(&self.folder)
    }

    /// The newest volume with its next chunk number, if it has room: frequent restarts must not leave many small files.
    /// It is verified to its end first, because only a sound file may be written to.
    pub(super) fn resume(
        &self,
        volume_bytes: u64,
        damaged: &mut Option<DamagedVolume>,
    ) -> Option<(Arc<Volume>, ChunkId)> {
        let volume = self.lock().last_key_value().map(|(_, volume)| volume.clone())?;
        if volume.bytes() >= volume_bytes {
            return None;
        }
        let mut next = ChunkId(volume.id.first_chunk());
        match verify::check(&volume, |id| next = ChunkId(id.0 + 1)) {
            // Where the system refuses it, the first write tries again.
            Ok(()) => match volume.open_to_write() {
                Err(error) if !error.is_refusal() => None,
                _ => Some((volume, next)),
            },
            Err(reason) => {
                *damaged = Some(self.give_up(volume.id, reason));
                None
            }
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.lock().values().map(|volume| volume.bytes()).sum()
    }

    /// Unlinks a volume. Readers that have it open can still read it.
    pub(super) fn remove(&self, id: VolumeId) {
        if let Some(volume) = self.lock().remove(&id) {
            volume.unlink();
        }
    }

    /// Gives up a volume that was not read to its end: a damaged one is set aside.
    pub(super) fn give_up(&self, id: VolumeId, reason: Unread) -> DamagedVolume {
        match reason {
            Unread::Damaged(reason) => self.set_aside(id, reason),
            Unread::Refused(reason) => {
                self.refused.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
                DamagedVolume { moved_to: None, reason }
            }
        }
    }

    /// Renames a damaged volume, so that no start opens it. Only the newest such file is kept.
    fn set_aside(&self, id: VolumeId, reason: String) -> DamagedVolume {
        let Some(volume) = self.lock().remove(&id) else { return DamagedVolume { moved_to: None, reason } };
        self.damaged.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.join("damaged.redb");
        let moved_to = fs::rename(volume.path(), &path).ok().map(|()| path);
        DamagedVolume { moved_to, reason }
    }

    pub(super) fn contains(&self, id: VolumeId) -> bool {
        self.lock().contains_key(&id)
    }

    /// The oldest volume, if there is another beside it.
    pub(super) fn oldest_of_several(&self) -> Option<VolumeId> {
        let list = self.lock();
        (list.len() > 1).then(|| list.keys().next().copied()).flatten()
    }

    /// The volumes before another that could be read.
    pub(super) fn readable_before(&self, id: VolumeId) -> Vec<VolumeId> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let before: Vec<VolumeId> = self.lock().keys().copied().take_while(|other| *other < id).collect();
        before.into_iter().filter(|volume| !refused.contains(volume)).collect()
    }

    /// The volumes whose first chunk number is below another.
    pub(super) fn begun_before(&self, chunk: ChunkId) -> Vec<Arc<Volume>> {
        self.lock().values().filter(|volume| volume.id.first_chunk() < chunk.0).cloned().collect()
    }

    /// Volumes that were set aside, since the start.
    pub(super) fn damaged_count(&self) -> u64 {
        self.damaged.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_volume_that_the_system_refused_to_read_is_not_unused() {
        let folder = TempDir::new().unwrap();
        let volumes = Volumes::list(folder.path()).unwrap();
        let [first, second, third] = [(); 3].map(|()| volumes.create().unwrap().id);
        let refused = volumes.give_up(first, Unread::Refused("too many open files".to_owned()));
        assert!(refused.moved_to.is_none());
        assert_eq!(volumes.readable_before(third), [second]);
        assert!(volumes.contains(first));
    }
}
