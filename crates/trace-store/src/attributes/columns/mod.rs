//! Columns: the attribute values that the dictionary has no room for, in memory, one column per chunk and key.
//!
//! A condition on them is answered by a scan, without decompressing every chunk. Typical keys are those whose values
//! all differ: request ids, addresses, SQL with literals, sizes, row counts. Mostly one value of a million is looked
//! for.
//!
//! An index of each chunk's trigrams does not help: five hundred hexadecimal ids contain nearly every trigram. So the
//! values themselves are stored, integers in as many bytes as their range needs, texts in lower case. One pass finds
//! the matching spans, and only those are then read from their chunks.
//!
//! Layers, the lowest first: `row` and `scan_cost`; `predicate`; `text_section`, `real_section` and `row_runs`;
//! `chunk_columns`, the columns of one chunk; `builder`; and [`Columns`] here, those of all chunks.

mod builder;
mod chunk_columns;
mod predicate;
mod real_section;
mod row;
mod row_runs;
mod scan_cost;
mod text_section;

use std::collections::BTreeMap;

pub(crate) use builder::Builder;
pub(crate) use chunk_columns::ChunkColumns;
pub(crate) use predicate::ColumnPredicate;
pub(crate) use row::Row;

use crate::storage::ChunkId;

/// The columns of all chunks that have some.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    by_chunk: BTreeMap<ChunkId, ChunkColumns>,
    bytes: usize,
    /// Columns of chunks below this were dropped.
    complete_from: ChunkId,
}

impl Columns {
    /// Adds the columns of a chunk, unless columns of newer chunks were dropped already.
    pub(crate) fn insert(&mut self, id: ChunkId, columns: ChunkColumns) {
        self.remove(id);
        if self.are_complete_from(id) {
            self.bytes += columns.bytes();
            self.by_chunk.insert(id, columns);
        }
    }

    pub(crate) fn remove(&mut self, id: ChunkId) {
        if let Some(columns) = self.by_chunk.remove(&id) {
            self.bytes -= columns.bytes();
        }
    }

    /// Drops the columns of the oldest chunks until the others take at most `limit`.
    pub(crate) fn shrink_to(&mut self, limit: usize) {
        while self.bytes > limit
            && let Some((id, columns)) = self.by_chunk.pop_first()
        {
            self.bytes -= columns.bytes();
            self.complete_from = ChunkId(id.0.saturating_add(1));
        }
    }

    /// Whether all attributes of this chunk and of newer ones are either in the dictionary or here.
    pub(crate) fn are_complete_from(&self, id: ChunkId) -> bool {
        self.complete_from <= id
    }

    /// The columns of a range of chunks, the newest first.
    pub(crate) fn newest(
        &self,
        chunks: impl std::ops::RangeBounds<ChunkId>,
    ) -> impl Iterator<Item = (ChunkId, &ChunkColumns)> {
        self.by_chunk.range(chunks).rev().map(|(id, columns)| (*id, columns))
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }
}
