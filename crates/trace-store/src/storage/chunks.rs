//! All chunks that the index knows, in the order of eviction.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    chunk::{Chunk, Source},
    ids::{ChunkId, ContentKind, VolumeId},
};

/// Retained traces may take one part in this many of the limit.
pub(crate) const RETAINED_SHARE: usize = 4;

/// The chunks, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    by_id: BTreeMap<ChunkId, Arc<Chunk>>,
    bytes: usize,
    /// Weight of the retained chunks.
    retained: usize,
}

impl Chunks {
    /// The id after the newest chunk of its kind, for chunks that no disk numbers.
    pub(crate) fn next_id(&self, content: ContentKind) -> ChunkId {
        let first = ChunkId::of(ChunkId(1), content);
        let last = if content.is_retained() { ChunkId::FIRST_ARRIVED } else { ChunkId(u64::MAX) };
        self.by_id.range(first..last).next_back().map_or(first, |(id, _)| ChunkId(id.0 + 1))
    }

    pub(crate) fn insert(&mut self, id: ChunkId, chunk: Arc<Chunk>) {
        self.remove(id);
        self.bytes += chunk.bytes();
        self.retained += if id.is_retained() { chunk.weight() } else { 0 };
        self.by_id.insert(id, chunk);
    }

    pub(crate) fn remove(&mut self, id: ChunkId) -> Option<Arc<Chunk>> {
        let chunk = self.by_id.remove(&id)?;
        self.bytes -= chunk.bytes();
        self.retained -= if id.is_retained() { chunk.weight() } else { 0 };
        Some(chunk)
    }

    /// The chunks that are stored in a volume.
    pub(crate) fn in_volume(&self, id: VolumeId) -> Vec<ChunkId> {
        let is_in = |chunk: &Chunk| matches!(&chunk.source, Source::Disk(volume) if volume.id == id);
        self.by_id.iter().filter(|(_, chunk)| is_in(chunk)).map(|(id, _)| *id).collect()
    }

    /// The chunk to evict next, when retained chunks may weigh up to `retained_limit`.
    pub(crate) fn next_evicted(&self, retained_limit: usize) -> Option<ChunkId> {
        let oldest = || self.by_id.first_key_value();
        let arrived = || self.by_id.range(ChunkId::FIRST_ARRIVED..).next();
        let next = if self.retained > retained_limit { oldest() } else { arrived().or_else(oldest) };
        next.map(|(id, _)| *id)
    }

    pub(crate) const fn has_retained(&self) -> bool {
        self.retained > 0
    }

    pub(crate) fn get(&self, id: ChunkId) -> Option<&Arc<Chunk>> {
        self.by_id.get(&id)
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }
}
