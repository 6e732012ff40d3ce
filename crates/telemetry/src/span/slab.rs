//! Open spans, found by the id that `tracing` has of them.
//!
//! `tracing-subscriber`'s registry keeps a map of extensions a span, for layers that know nothing of each other. Here is one
//! reader that knows what it wants: a span has one entry behind one lock, and places go round. Nothing that is done under a lock
//! leaves a entry half changed, so that locks need not remember panics.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tracing::span::Id;

/// Places of the first block; each further one has twice as many.
const FIRST: usize = 64;
/// Blocks: some two million spans can be open at once. What is beyond is not recorded.
const BLOCKS: usize = 15;
const CAPACITY: usize = FIRST * ((1 << BLOCKS) - 1);
/// Lists of free places, so that threads seldom meet at one.
const LISTS: usize = 8;
/// The id of a span that found no entry.
const FULL: u64 = u64::MAX;
/// Set in an id by which a span stands in for one below it. Generations leave it free.
const SHARED: u64 = 1 << 63;

/// What is open.
#[derive(Debug)]
pub(super) struct Slab<T> {
    blocks: [OnceLock<Box<[Slot<T>]>>; BLOCKS],
    free: [Mutex<Vec<u32>>; LISTS],
    /// How many places were ever allocated.
    allocated: AtomicUsize,
}

#[derive(Debug)]
struct Slot<T> {
    /// `Span`s that refer to it.
    handles: AtomicUsize,
    entry: Mutex<Entry<T>>,
}

#[derive(Debug)]
struct Entry<T> {
    /// How many were here before, so that the id of one of those finds nothing.
    generation: u32,
    open: Option<T>,
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

    /// Takes a entry, with one handle to it.
    #[inline]
    pub(super) fn insert(&self, open: T) -> Id {
        let index = self.free_index();
        let Some(slot) = self.slot(index) else { return Id::from_u64(FULL) };
        slot.handles.store(1, Ordering::Relaxed);
        let mut entry = slot.entry.lock();
        entry.open = Some(open);
        Id::from_u64(u64::from(entry.generation) << 32 | (u64::from(index) + 1))
    }

    /// One more handle.
    pub(super) fn retain(&self, id: &Id) {
        if let Some(slot) = self.slot(index(id)) {
            slot.handles.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// One more handle, as that of a span which `id` stands in for, if `does` says that it does: what is open is found by the id
    /// that is given back as well.
    pub(super) fn share(&self, id: &Id, does: impl FnOnce(&T) -> bool) -> Option<Id> {
        let slot = self.slot(index(id))?;
        let entry = slot.entry.lock();
        if !entry.matches(id) || !entry.open.as_ref().is_some_and(does) {
            return None;
        }
        slot.handles.fetch_add(1, Ordering::Relaxed);
        Some(Id::from_u64(id.into_u64() | SHARED))
    }

    /// One handle less; with the last, what was open is given back.
    #[inline]
    pub(super) fn release(&self, id: &Id) -> Option<T> {
        let index = index(id);
        let slot = self.slot(index)?;
        // What was done with the other handles has happened before.
        if slot.handles.fetch_sub(1, Ordering::AcqRel) != 1 {
            return None;
        }
        let open = {
            let mut entry = slot.entry.lock();
            entry.generation = (entry.generation + 1) & (u32::MAX >> 1);
            entry.open.take()
        };
        self.free[free_list()].lock().push(index);
        open
    }

    /// Looks at what is open. `look` must not make, enter or close a span.
    #[inline]
    pub(super) fn with<R>(&self, id: &Id, look: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut entry = self.slot(index(id))?.entry.lock();
        if !entry.matches(id) {
            return None;
        }
        entry.open.as_mut().map(look)
    }

    #[inline]
    fn slot(&self, index: u32) -> Option<&Slot<T>> {
        let (block, offset) = position(usize::try_from(index).ok()?)?;
        self.blocks.get(block)?.get_or_init(|| make_block(block)).get(offset)
    }

    /// One of this thread's list, of another thread's, or a new one.
    fn free_index(&self) -> u32 {
        let own = free_list();
        let known = (0..LISTS).find_map(|step| self.free[(own + step) % LISTS].lock().pop());
        known.unwrap_or_else(|| {
            u32::try_from(self.allocated.fetch_add(1, Ordering::Relaxed)).unwrap_or(u32::MAX)
        })
    }
}

#[cold]
fn make_block<T>(block: usize) -> Box<[Slot<T>]> {
    let slot =
        || Slot { handles: AtomicUsize::new(0), entry: Mutex::new(Entry { generation: 0, open: None }) };
    (0..FIRST << block).map(|_| slot()).collect()
}

/// Block, and offset in it.
#[inline]
fn position(index: usize) -> Option<(usize, usize)> {
    if index >= CAPACITY {
        return None;
    }
    let block = (index / FIRST + 1).ilog2() as usize;
    Some((block, index - FIRST * ((1 << block) - 1)))
}

/// The low half of an id is one more than the index, for an id is never zero.
#[inline]
fn index(id: &Id) -> u32 {
    let [.., a, b, c, d] = id.into_u64().to_be_bytes();
    u32::from_be_bytes([a, b, c, d]).wrapping_sub(1)
}

/// Whether this is the id of a span which another one stands in for.
pub(super) fn is_shared(id: &Id) -> bool {
    id.into_u64() & SHARED != 0
}

/// Whether both are found in the same entry.
#[inline]
pub(super) fn same_slot(one: &Id, other: &Id) -> bool {
    (one.into_u64() ^ other.into_u64()) & !SHARED == 0
}

/// Which of the lists is this thread's.
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
    fn every_index_has_a_place_of_its_own_until_there_are_none() {
        let places: HashSet<_> = (0..CAPACITY).step_by(7).filter_map(position).collect();
        assert_eq!(places.len(), CAPACITY.div_ceil(7));
        assert!(places.iter().all(|(block, offset)| *block < BLOCKS && *offset < FIRST << block));
        assert_eq!((position(0), position(FIRST)), (Some((0, 0)), Some((1, 0))));
        assert_eq!(position(CAPACITY), None);
    }

    #[test]
    fn what_is_open_closes_with_its_last_handle() {
        let slab = Slab::new();
        let id = slab.insert("a");
        slab.retain(&id);
        assert_eq!(slab.release(&id), None);
        assert_eq!(slab.with(&id, |open| *open), Some("a"));
        assert_eq!(slab.release(&id), Some("a"));
        assert_eq!(slab.with(&id, |open| *open), None);
    }

    #[test]
    fn what_stands_in_for_others_is_open_until_the_last_of_them_closes() {
        let slab = Slab::new();
        let id = slab.insert("a");
        assert_eq!(slab.share(&id, |open| *open == "b"), None);
        let other = slab.share(&id, |open| *open == "a").expect("it is open");
        assert!(is_shared(&other) && !is_shared(&id) && same_slot(&id, &other));
        assert_eq!((slab.release(&id), slab.with(&other, |open| *open)), (None, Some("a")));
        assert_eq!(slab.release(&other), Some("a"));
        assert_eq!(slab.share(&id, |_| true), None);
    }

    #[test]
    fn an_old_id_does_not_find_what_came_after_it() {
        let slab = Slab::new();
        let old = slab.insert("old");
        slab.release(&old);
        let new = slab.insert("new");
        assert_eq!(index(&old), index(&new), "places go round");
        assert_eq!((slab.with(&old, |open| *open), slab.with(&new, |open| *open)), (None, Some("new")));
    }

    #[test]
    fn places_that_one_thread_takes_and_another_frees_go_round() {
        let slab = Slab::new();
        for round in 0..1_000 {
            let id = slab.insert(round);
            let closed = std::thread::scope(|scope| scope.spawn(|| slab.release(&id)).join());
            assert_eq!(closed.expect("no panic"), Some(round));
        }
        assert_eq!(slab.allocated.load(Ordering::Relaxed), 1);
    }
}
