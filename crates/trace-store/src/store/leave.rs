//! What has to go from a store, and what of it stays longer.

use std::sync::PoisonError;

use super::Store;
use crate::{
    carry,
    chunk::{ChunkId, Source},
    disk::{Disk, VolumeId},
    index::Index,
};

impl Store {
    /// Lets the oldest volumes go until the disk holds no more than it may.
    pub(super) fn drop_surplus(&self, disk: &Disk) {
        while let Some(volume) = disk.surplus() {
            let _one = self.leaving.lock().unwrap_or_else(PoisonError::into_inner);
            if disk.surplus() == Some(volume) {
                self.carry_from(disk, volume);
                self.lock().forget_chunks_of(volume);
                disk.remove(volume);
            }
        }
    }

    /// Writes again what a chunk in memory holds of traces that are kept longer.
    pub(super) fn carry_in_memory(&self, index: &mut Index, id: ChunkId) {
        let Some(keep) = self.keep.filter(|_| !id.is_kept()) else { return };
        let Some(chunk) = index.chunks.get(id).cloned() else { return };
        let Some((content, picked)) = carry::pick(index, id, &chunk, keep) else { return };
        if !picked.body.is_empty() {
            let record = self.packer.pack(content.kept(), &picked.body);
            let kept = index.chunks.next_id(content.kept());
            carry::settle(index, &picked.body, content, kept, Source::Memory(record));
        }
        picked.doomed.into_iter().for_each(|trace| index.remove(trace));
    }

    /// Writes again what a volume holds of traces that are kept longer, the newest first, as far as there is room.
    fn carry_from(&self, disk: &Disk, volume: VolumeId) {
        let ids = {
            let index = self.lock();
            if self.keep.is_none() && !index.chunks.keeps_some() {
                return;
            }
            index.chunks.of_volume(volume)
        };
        let mut room = disk.carried_bytes();
        for id in ids.into_iter().rev() {
            let Some(chunk) = self.lock().chunks.get(id).cloned() else { continue };
            let picked = carry::pick(&self.lock(), id, &chunk, self.keep.unwrap_or_default());
            let Some((content, mut picked)) = picked else { continue };
            if !picked.body.is_empty() {
                let record = self.packer.pack(content.kept(), &picked.body);
                let size = record.len();
                let written = if size <= room { disk.append(record).ok() } else { None };
                match written {
                    Some((number, volume)) => {
                        let (kept, source) = (ChunkId::of(number, content.kept()), Source::Disk(volume));
                        carry::settle(&mut self.lock(), &picked.body, content, kept, source);
                        room -= size;
                    }
                    None => picked.doomed.append(&mut picked.wanted),
                }
            }
            let mut index = self.lock();
            picked.doomed.into_iter().for_each(|trace| index.remove(trace));
        }
    }

    /// Unlinks the volumes that nothing in the index refers to.
    pub(super) fn tidy(&self, disk: &Disk) {
        let index = self.lock();
        for volume in disk.earlier() {
            if !index.knows_volume(volume) {
                disk.remove(volume);
            }
        }
    }
}
