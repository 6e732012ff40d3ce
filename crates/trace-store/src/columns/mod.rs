//! The values that the dictionary has no room for: of each chunk and key in a column of its own, in memory, so that a
//! condition on them is answered without unpacking every chunk.
//!
//! A key of which all values differ (ids of requests, addresses with ids, SQL with its literals, sizes, row counts) is the
//! usual case of such keys, and mostly one value of a million is looked for. A filter of a chunk's trigrams does not help
//! there: five hundred ids of hex digits have nearly every trigram that there is. So the values themselves are held, numbers
//! in as many bytes as they differ in, texts in lower case, and one pass over them finds the spans; what is read of
//! the chunks afterwards is those spans and no others.

mod build;
mod of_chunk;
mod reals;
mod runs;
mod sought;
mod texts;
mod work;

use std::collections::BTreeMap;

use crate::chunk::ChunkId;
pub(crate) use build::{Builder, Record};
pub(crate) use of_chunk::OfChunk;
pub(crate) use sought::Sought;

/// The columns of all chunks that have some.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    by_chunk: BTreeMap<ChunkId, OfChunk>,
    bytes: usize,
    /// Chunks below may have said what is not held any more.
    from: ChunkId,
}

impl Columns {
    /// Takes the columns of a chunk, unless older chunks than these were given up already.
    pub(crate) fn insert(&mut self, id: ChunkId, columns: OfChunk) {
        self.remove(id);
        if self.know(id) {
            self.bytes += columns.bytes();
            self.by_chunk.insert(id, columns);
        }
    }

    pub(crate) fn remove(&mut self, id: ChunkId) {
        if let Some(columns) = self.by_chunk.remove(&id) {
            self.bytes -= columns.bytes();
        }
    }

    /// Lets those of the oldest chunks go until the others take no more than `limit`.
    pub(crate) fn shrink_to(&mut self, limit: usize) {
        while self.bytes > limit
            && let Some((id, columns)) = self.by_chunk.pop_first()
        {
            self.bytes -= columns.bytes();
            self.from = ChunkId(id.0.saturating_add(1));
        }
    }

    /// Whether all that a chunk and newer ones say is either in the dictionary or here.
    pub(crate) fn know(&self, id: ChunkId) -> bool {
        self.from <= id
    }

    /// Those of some chunks, the newest first.
    pub(crate) fn newest(
        &self,
        chunks: impl std::ops::RangeBounds<ChunkId>,
    ) -> impl Iterator<Item = (ChunkId, &OfChunk)> {
        self.by_chunk.range(chunks).rev().map(|(id, columns)| (*id, columns))
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }
}
