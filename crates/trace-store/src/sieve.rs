//! What the columns say of one condition, as far as a search has come.
//!
//! A search goes from the newest trace to older ones. All spans of a trace lie in its oldest chunk and in newer ones, so that
//! columns are looked through chunk by chunk on the same way, and a search that finds enough leaves the others alone.

use std::{
    collections::HashMap,
    ops::Bound::{Excluded, Included, Unbounded},
};

use foldhash::fast::RandomState;

use crate::{
    chunk::ChunkId,
    columns::{Columns, OfChunk, Sought},
    marked::Spans,
    tokens::KeyId,
    traces::Slot,
};

#[derive(Debug)]
pub(crate) struct Sieve {
    /// The oldest and the newest chunk that was looked through.
    oldest: Option<ChunkId>,
    newest: ChunkId,
    /// Chunks may have come since.
    is_outdated: bool,
    /// The spans that may fit, by their traces.
    fitting: HashMap<Slot, Spans, RandomState>,
    /// Where the search begins. Another did the work before, and counted it.
    from: ChunkId,
    work: usize,
}

impl Sieve {
    /// For a search that begins at a chunk.
    pub(crate) fn new(from: ChunkId) -> Self {
        Self {
            oldest: None,
            newest: ChunkId::default(),
            is_outdated: false,
            fitting: HashMap::default(),
            from,
            work: 0,
        }
    }

    /// Says that the index was not held in between.
    pub(crate) const fn outdate(&mut self) {
        self.is_outdated = true;
    }

    /// What was done since it was asked last, in bytes read that take as long.
    pub(crate) const fn take_work(&mut self) -> usize {
        std::mem::replace(&mut self.work, 0)
    }

    /// The spans of a trace that may fit, of those with values that the dictionary has no room for.
    pub(crate) fn spans_of(
        &mut self,
        slot: Slot,
        first_chunk: ChunkId,
        columns: &Columns,
        key: KeyId,
        sought: &Sought,
    ) -> Spans {
        if self.oldest.is_none_or(|oldest| first_chunk < oldest) {
            let end = self.oldest.map_or(Unbounded, Excluded);
            self.look_through(columns.newest((Included(first_chunk), end)), key, sought);
            self.oldest = Some(first_chunk);
        }
        if std::mem::replace(&mut self.is_outdated, false) {
            self.look_through(columns.newest((Excluded(self.newest), Unbounded)), key, sought);
        }
        self.fitting.get(&slot).copied().unwrap_or(Spans::NONE)
    }

    fn look_through<'c>(
        &mut self,
        chunks: impl Iterator<Item = (ChunkId, &'c OfChunk)>,
        key: KeyId,
        sought: &Sought,
    ) {
        for (id, columns) in chunks {
            let work = columns.find(key, sought, |slot, spans| {
                let fitting = self.fitting.entry(slot).or_insert(Spans::NONE);
                *fitting = fitting.or(spans);
            });
            self.work += if id <= self.from { work } else { 0 };
            self.newest = self.newest.max(id);
        }
    }
}
