//! A concurrent slab of open spans, indexed by `tracing`'s span ids.
//!
//! `tracing-subscriber`'s registry keeps a map of extensions per span, because its layers are independent. Here a
//! single subscriber needs one value per span, behind one lock, and slots are reused. No operation can panic while an
//! entry is half changed, so the locks need no poisoning.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tracing::span::Id;

/// Slots of the first block. Each further block has twice as many as the one before.
const FIRST: usize = 64;
/// Blocks. Some two million spans can be open at once; further spans are not recorded.
const BLOCKS: usize = 15;
const CAPACITY: usize = FIRST * ((1 << BLOCKS) - 1);
/// Free lists. There are several, so that threads rarely contend for one.
const LISTS: usize = 8;
/// The id of a span that found the slab full.
const FULL: u64 = u64::MAX;
/// The bit of an id that marks a child which shares the slot of its parent. Generations leave it free.
const SHARED: u64 = 1 << 63;

/// Values with reference counts, in blocks that never move.
#[derive(Debug)]
pub(super) struct Slab<T> {
    blocks: [OnceLock<Box<[Slot<T>]>>; BLOCKS],
    free: [Mutex<Vec<u32>>; LISTS],
    /// Slots that were ever used.
    allocated: AtomicUsize,
}

#[derive(Debug)]
struct Slot<T> {
    /// The number of `Span`s that refer to this slot.
    handles: AtomicUsize,
    entry: Mutex<Entry<T>>,
}

#[derive(Debug)]
struct Entry<T> {
    /// Counts the values that the slot has held, so that the id of an earlier one finds nothing.
    generation: u32,
    value: Option<T>,
}

impl<T> Entry<T> {
    fn matches(&self, id: &Id) -> bool {
        u64::from(self.generation) == (id.into_u64() & !SHARED) >> 32
    }
}

impl<T> Slab<T> {
    pub(super) fn new() -> Self {
        Self {
            blocks: [const { OnceLock::new() }; BLOCKS],
            free: [const { Mutex::new(Vec::new()) }; LISTS],
            allocated: AtomicUsize::new(0),
        }
    }

    /// Inserts the value that `make` returns for its id, with one handle. `make` runs under the slot's lock.
    #[inline]
    pub(super) fn insert(&self, make: impl FnOnce(&Id) -> T) -> Id {
        let index = self.free_index();
        let Some(slot) = self.slot_or_new(index) else { return Id::from_u64(FULL) };
        slot.handles.store(1, Ordering::Relaxed);
        let mut entry = slot.entry.lock();
        let id = Id::from_u64(u64::from(entry.generation) << 32 | (u64::from(index) + 1));
        entry.value = Some(make(&id));
        id
    }

    /// Adds a handle.
    pub(super) fn retain(&self, id: &Id) {
        if let Some(slot) = self.slot(index(id)) {
            slot.handles.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Adds a handle for a child that shares the slot of `id`, if `may_share` agrees. The id that is returned finds the
    /// same value.
    pub(super) fn share(&self, id: &Id, may_share: impl FnOnce(&T) -> bool) -> Option<Id> {
        let slot = self.slot(index(id))?;
        let entry = slot.entry.lock();
        if !entry.matches(id) || !entry.value.as_ref().is_some_and(may_share) {
            return None;
        }
        slot.handles.fetch_add(1, Ordering::Relaxed);
        Some(Id::from_u64(id.into_u64() | SHARED))
    }

    /// Removes a handle. Removing the last one returns the value.
    #[inline]
    pub(super) fn release(&self, id: &Id) -> Option<T> {
        let index = index(id);
        let slot = self.slot(index)?;
        // Acquire and release: operations through the other handles happen before the removal.
        if slot.handles.fetch_sub(1, Ordering::AcqRel) != 1 {
            return None;
        }
        let value = {
            let mut entry = slot.entry.lock();
            entry.generation = (entry.generation + 1) & (u32::MAX >> 1);
            entry.value.take()
        };
        self.free[free_list()].lock().push(index);
        value
    }

    /// Calls `access` with the value, under the slot's lock. `access` must not create, enter or close a span.
    #[inline]
    pub(super) fn with<R>(&self, id: &Id, access: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut entry = self.slot(index(id))?.entry.lock();
        if !entry.matches(id) {
            return None;
        }
        entry.value.as_mut().map(access)
    }

    #[inline]
    fn slot(&self, index: u32) -> Option<&Slot<T>> {
        let (block, offset) = position(usize::try_from(index).ok()?)?;
        self.blocks.get(block)?.get()?.get(offset)
    }

    /// [`slot`](Self::slot), whose block may not exist yet.
    fn slot_or_new(&self, index: u32) -> Option<&Slot<T>> {
        let (block, offset) = position(usize::try_from(index).ok()?)?;
        self.blocks.get(block)?.get_or_init(|| make_block(block)).get(offset)
    }

    /// A free index of this thread's list, else of another list, else a new one.
    fn free_index(&self) -> u32 {
        let own = free_list();
        let reused = (0..LISTS).find_map(|step| self.free[(own + step) % LISTS].lock().pop());
        reused.unwrap_or_else(|| {
            u32::try_from(self.allocated.fetch_add(1, Ordering::Relaxed)).unwrap_or(u32::MAX)
        })
    }
}

#[cold]
fn make_block<T>(block: usize) -> Box<[Slot<T>]> {
    let slot =
        || Slot { handles: AtomicUsize::new(0), entry: Mutex::new(Entry { generation: 0, value: None }) };
    (0..FIRST << block).map(|_| slot()).collect()
}

/// The block of an index, and the offset in it.
#[inline]
fn position(index: usize) -> Option<(usize, usize)> {
    if index >= CAPACITY {
        return None;
    }
    let block = (index / FIRST + 1).ilog2() as usize;
    Some((block, index - FIRST * ((1 << block) - 1)))
}

/// The index in an id. Its low half is the index plus one, because an id is never zero.
#[inline]
fn index(id: &Id) -> u32 {
    let [.., a, b, c, d] = id.into_u64().to_be_bytes();
    u32::from_be_bytes([a, b, c, d]).wrapping_sub(1)
}

/// Whether this is the id of a child that shares the slot of its parent.
pub(super) fn is_shared(id: &Id) -> bool {
    id.into_u64() & SHARED != 0
}

/// Whether both ids belong to the same slot, as a parent and a child that shares it.
#[inline]
pub(super) fn same_slot(one: &Id, other: &Id) -> bool {
    (one.into_u64() ^ other.into_u64()) & !SHARED == 0
}

/// The index of this thread's free list.
fn free_list() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static LIST: usize = THREADS.fetch_add(1, Ordering::Relaxed) % LISTS;
    }
    LIST.try_with(|list| *list).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_index_below_the_capacity_has_a_slot_of_its_own() {
        let positions: HashSet<_> = (0..CAPACITY).step_by(7).filter_map(position).collect();
        assert_eq!(positions.len(), CAPACITY.div_ceil(7));
        assert!(positions.iter().all(|(block, offset)| *block < BLOCKS && *offset < FIRST << block));
        assert_eq!((position(0), position(FIRST)), (Some((0, 0)), Some((1, 0))));
        assert_eq!(position(CAPACITY), None);
    }

    #[test]
    fn a_value_is_removed_with_its_last_handle() {
        let slab = Slab::new();
        let id = slab.insert(|_| "a");
        slab.retain(&id);
        assert_eq!(slab.release(&id), None);
        assert_eq!(slab.with(&id, |open| *open), Some("a"));
        assert_eq!(slab.release(&id), Some("a"));
        assert_eq!(slab.with(&id, |open| *open), None);
    }

    #[test]
    fn a_shared_slot_is_released_by_the_last_of_its_spans() {
        let slab = Slab::new();
        let id = slab.insert(|_| "a");
        assert_eq!(slab.share(&id, |open| *open == "b"), None);
        let other = slab.share(&id, |open| *open == "a").expect("it is open");
        assert!(is_shared(&other) && !is_shared(&id) && same_slot(&id, &other));
        assert_eq!((slab.release(&id), slab.with(&other, |open| *open)), (None, Some("a")));
        assert_eq!(slab.release(&other), Some("a"));
        assert_eq!(slab.share(&id, |_| true), None);
    }

    #[test]
    fn an_old_id_does_not_find_a_later_value() {
        let slab = Slab::new();
        let old = slab.insert(|_| "old");
        slab.release(&old);
        let new = slab.insert(|_| "new");
        assert_eq!(index(&old), index(&new), "the slot is reused");
        assert_eq!((slab.with(&old, |open| *open), slab.with(&new, |open| *open)), (None, Some("new")));
    }

    #[test]
    fn slots_that_another_thread_released_are_reused() {
        let slab = Slab::new();
        for round in 0..1_000 {
            let id = slab.insert(|_| round);
            let closed = std::thread::scope(|scope| scope.spawn(|| slab.release(&id)).join());
            assert_eq!(closed.expect("no panic"), Some(round));
        }
        assert_eq!(slab.allocated.load(Ordering::Relaxed), 1);
    }
}
