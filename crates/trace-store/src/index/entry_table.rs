//! Hash table from a key of an entry to its position in a list. It is empty while the list is short.

use hashbrown::HashTable;

use crate::alloc_size;

/// Up to this many entries, a linear search is faster than a table, and lists are allocated without spare capacity.
pub(super) const MAX_LINEAR: usize = 24;

#[derive(Debug, Default)]
pub(super) struct EntryTable(HashTable<u32>);

impl EntryTable {
    /// Whether one of the entries with this hash is equal.
    pub(super) fn contains<E>(&self, entries: &[E], hash: u64, is_equal: impl Fn(&E) -> bool) -> bool {
        self.find(entries, hash, is_equal).is_some()
    }

    /// An entry with this hash that is equal.
    pub(super) fn find<'e, E>(
        &self,
        entries: &'e [E],
        hash: u64,
        is_equal: impl Fn(&E) -> bool,
    ) -> Option<&'e E> {
        entries.get(self.position(entries, hash, is_equal)?)
    }

    /// The position of an entry with this hash that is equal.
    pub(super) fn position<E>(
        &self,
        entries: &[E],
        hash: u64,
        is_equal: impl Fn(&E) -> bool,
    ) -> Option<usize> {
        if self.0.is_empty() {
            return entries.iter().position(is_equal);
        }
        let position =
            self.0.find(hash, |&position| entries.get(position as usize).is_some_and(&is_equal))?;
        Some(*position as usize)
    }

    /// Adds the last entry of the list, or all of them once there are many.
    pub(super) fn grow<E>(&mut self, entries: &[E], hash: impl Fn(&E) -> u64) {
        if entries.len() <= MAX_LINEAR {
            return;
        }
        let from = if self.0.is_empty() { 0 } else { entries.len() - 1 };
        let hash_at = |position: &u32| entries.get(*position as usize).map_or(0, &hash);
        for position in from..entries.len() {
            let position = u32::try_from(position).unwrap_or(u32::MAX);
            self.0.insert_unique(hash_at(&position), position, hash_at);
        }
    }

    pub(super) fn bytes(&self) -> usize {
        alloc_size::of_bytes(self.0.allocation_size())
    }
}
