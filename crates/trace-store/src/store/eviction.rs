//! Eviction from a store: of volumes on disk, and of chunks in memory, with retention of some traces.

use std::sync::PoisonError;

use super::Store;
use crate::{
    index::Index,
    retention,
    storage::{ChunkId, Disk, RETAINED_SHARE, Source, VolumeId},
};

impl Store {
    /// Evicts the oldest volumes until the files are within their limit.
    pub(super) fn evict_surplus(&self, disk: &Disk) {
        while let Some(volume) = disk.surplus() {
            let _one_at_a_time = self.evicting.lock().unwrap_or_else(PoisonError::into_inner);
            if disk.surplus() == Some(volume) {
                self.retain_from_volume(disk, volume);
                self.lock().remove_volume(volume);
                disk.remove(volume);
            }
        }
    }

    /// Writes the records of retained traces in a chunk in memory again.
    pub(super) fn retain_in_memory(&self, index: &mut Index, id: ChunkId) {
        let Some(retention) = self.retention.filter(|_| !id.is_retained()) else { return };
        let Some(chunk) = index.chunks.get(id).cloned() else { return };
        let Some((content, partition)) = retention::partition(index, id, &chunk, retention) else { return };
        if !partition.body.is_empty() {
            let record = self.packer.pack(content.retained(), &partition.body);
            let retained = index.chunks.next_id(content.retained());
            retention::relocate(index, &partition.body, content, retained, Source::Memory(record));
        }
        partition.evicted.into_iter().for_each(|trace| index.remove(trace));
    }

    /// Writes the records of retained traces in a volume again, the newest first, as far as there is room.
    fn retain_from_volume(&self, disk: &Disk, volume: VolumeId) {
        let ids = {
            let index = self.lock();
            if self.retention.is_none() && !index.chunks.has_retained() {
                return;
            }
            index.chunks.in_volume(volume)
        };
        let mut room = disk.volume_bytes() / RETAINED_SHARE;
        for id in ids.into_iter().rev() {
            let Some(chunk) = self.lock().chunks.get(id).cloned() else { continue };
            let partition =
                retention::partition(&self.lock(), id, &chunk, self.retention.unwrap_or_default());
            let Some((content, mut partition)) = partition else { continue };
            if !partition.body.is_empty() {
                let record = self.packer.pack(content.retained(), &partition.body);
                let size = record.len();
                let written = if size <= room { disk.append(record).ok() } else { None };
                match written {
                    Some((number, volume)) => {
                        let retained = ChunkId::of(number, content.retained());
                        let source = Source::Disk(volume);
                        retention::relocate(&mut self.lock(), &partition.body, content, retained, source);
                        room -= size;
                    }
                    None => partition.evicted.append(&mut partition.retained),
                }
            }
            let mut index = self.lock();
            partition.evicted.into_iter().for_each(|trace| index.remove(trace));
        }
    }

    /// Unlinks the earlier volumes that have no indexed chunk.
    pub(super) fn remove_unused_volumes(&self, disk: &Disk) {
        let index = self.lock();
        for volume in disk.earlier_volumes() {
            if !index.has_volume(volume) {
                disk.remove(volume);
            }
        }
    }
}
