//! All traces, in pages, in the order of arrival.
//!
//! A scan over all traces reads memory sequentially. Looking each trace up by its id would miss the cache every time.

use std::{collections::VecDeque, hash::BuildHasher};

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use trace_model::TraceId;

use super::trace_entry::TraceEntry;
use crate::{
    alloc_size,
    trace_slot::{PAGE, TraceSlot},
};

#[derive(Debug, Default)]
pub(crate) struct Traces {
    by_id: HashTable<TraceSlot>,
    pages: Vec<Page>,
    /// Free slots. The one that was freed first is reused first, which keeps the order of arrival. A slot listed here
    /// may have been reused, or its page released.
    free: VecDeque<TraceSlot>,
    /// The page that new slots are taken from.
    filling: usize,
    /// Pages whose memory was released.
    released: Vec<usize>,
    /// Bytes of the pages.
    page_bytes: usize,
    hasher: RandomState,
}

#[derive(Debug, Default)]
struct Page {
    slots: Vec<Slot>,
    /// Number of occupied slots.
    used: usize,
}

#[derive(Debug)]
struct Slot {
    id: TraceId,
    /// Empty when the slot is free.
    trace: TraceEntry,
}

impl Traces {
    fn slot_of(&self, id: &TraceId) -> Option<TraceSlot> {
        self.by_id.find(self.hasher.hash_one(id), |slot| is_at(&self.pages, *slot, id)).copied()
    }

    pub(crate) fn get(&self, id: &TraceId) -> Option<&TraceEntry> {
        Some(self.find(id)?.1)
    }

    pub(crate) fn find(&self, id: &TraceId) -> Option<(TraceSlot, &TraceEntry)> {
        let slot = self.slot_of(id)?;
        Some((slot, self.at(slot)?.1))
    }

    pub(crate) fn get_mut(&mut self, id: &TraceId) -> Option<&mut TraceEntry> {
        Some(self.find_mut(id)?.1)
    }

    pub(crate) fn find_mut(&mut self, id: &TraceId) -> Option<(TraceSlot, &mut TraceEntry)> {
        let slot = self.slot_of(id)?;
        let occupant = self.pages.get_mut(slot.page())?.slots.get_mut(slot.position())?;
        Some((slot, &mut occupant.trace))
    }

    /// The trace in a slot. `None` when the slot is free.
    pub(crate) fn at(&self, slot: TraceSlot) -> Option<(TraceId, &TraceEntry)> {
        let occupant = slot_at(&self.pages, slot)?;
        (!occupant.trace.is_empty()).then_some((occupant.id, &occupant.trace))
    }

    /// The trace with this id, or a new one. The caller must add something to a new trace: an empty one marks a free
    /// slot.
    pub(crate) fn get_or_add(&mut self, id: TraceId) -> (TraceSlot, &mut TraceEntry) {
        let slot = self.slot_of(&id).unwrap_or_else(|| self.add(id));
        (slot, &mut self.pages[slot.page()].slots[slot.position()].trace)
    }

    fn add(&mut self, id: TraceId) -> TraceSlot {
        let slot = self.free_slot();
        let page = &mut self.pages[slot.page()];
        page.used += 1;
        if let Some(occupant) = page.slots.get_mut(slot.position()) {
            occupant.id = id;
        } else {
            self.page_bytes -= page.bytes();
            page.slots.push(Slot { id, trace: TraceEntry::default() });
            self.page_bytes += page.bytes();
        }
        let Self { by_id, pages, hasher, .. } = self;
        by_id.insert_unique(hasher.hash_one(id), slot, |slot| hash_at(pages, *slot, hasher));
        slot
    }

    fn free_slot(&mut self) -> TraceSlot {
        while let Some(slot) = self.free.pop_front() {
            if slot_at(&self.pages, slot).is_some_and(|occupant| occupant.trace.is_empty()) {
                return slot;
            }
        }
        if self.pages.get(self.filling).is_none_or(|page| page.slots.len() == PAGE) {
            self.filling = self.released.pop().unwrap_or_else(|| {
                self.pages.push(Page::default());
                self.pages.len() - 1
            });
            // The first page grows as needed: few traces should not take a whole page.
            if self.filling > 0 {
                let page = &mut self.pages[self.filling];
                page.slots.reserve_exact(PAGE);
                self.page_bytes += page.bytes();
            }
        }
        TraceSlot::new(self.filling, self.pages[self.filling].slots.len())
    }

    pub(crate) fn remove(&mut self, id: &TraceId) -> Option<TraceEntry> {
        let Self { by_id, pages, hasher, .. } = self;
        let found = by_id.find_entry(hasher.hash_one(id), |slot| is_at(pages, *slot, id));
        let (slot, _) = found.ok()?.remove();
        let page = pages.get_mut(slot.page())?;
        let trace = std::mem::take(&mut page.slots.get_mut(slot.position())?.trace);
        page.used -= 1;
        if page.used == 0 && slot.page() != self.filling {
            self.page_bytes -= page.bytes();
            page.slots = Vec::new();
            self.released.push(slot.page());
        } else {
            self.free.push_back(slot);
        }
        self.shrink();
        Some(trace)
    }

    /// Frees memory that was needed for more traces than there are now.
    fn shrink(&mut self) {
        /// Shrinking smaller tables is not worth it.
        const SMALL: usize = 64;
        let Self { by_id, pages, hasher, free, .. } = self;
        if by_id.is_empty() {
            *self = Self::default();
        } else if by_id.capacity() > SMALL && by_id.capacity() / 4 > by_id.len() {
            by_id.shrink_to(by_id.len() * 2, |slot| hash_at(pages, *slot, hasher));
            free.retain(|slot| slot_at(pages, *slot).is_some_and(|occupant| occupant.trace.is_empty()));
            free.shrink_to_fit();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &TraceEntry> {
        self.pages.iter().flat_map(|page| &page.slots).map(|occupant| &occupant.trace)
    }

    /// Memory that it takes, without what the entries own.
    pub(crate) fn bytes(&self) -> usize {
        self.page_bytes
            + alloc_size::of_bytes(self.by_id.allocation_size())
            + alloc_size::of_capacity::<Page>(self.pages.capacity())
            + alloc_size::of_capacity::<TraceSlot>(self.free.capacity())
            + alloc_size::of_capacity::<usize>(self.released.capacity())
    }
}

impl Page {
    fn bytes(&self) -> usize {
        alloc_size::of_capacity::<Slot>(self.slots.capacity())
    }
}

fn slot_at(pages: &[Page], slot: TraceSlot) -> Option<&Slot> {
    pages.get(slot.page())?.slots.get(slot.position())
}

fn is_at(pages: &[Page], slot: TraceSlot, id: &TraceId) -> bool {
    slot_at(pages, slot).is_some_and(|occupant| occupant.id == *id)
}

fn hash_at(pages: &[Page], slot: TraceSlot, hasher: &RandomState) -> u64 {
    slot_at(pages, slot).map_or(0, |occupant| hasher.hash_one(occupant.id))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        index::entry::LogEntry,
        storage::{ByteRange, ChunkId},
    };

    fn id(number: u32) -> TraceId {
        TraceId::from_bytes(&(u128::from(number) + 1).to_be_bytes()).unwrap()
    }

    fn log(fingerprint: u64) -> LogEntry {
        LogEntry {
            time: trace_model::Nanos::default(),
            chunk: ChunkId::default(),
            range: ByteRange::default(),
            fingerprint,
        }
    }

    fn add(traces: &mut Traces, number: u32, fingerprint: u64) -> TraceSlot {
        let (slot, trace) = traces.get_or_add(id(number));
        trace.push_log(log(fingerprint));
        slot
    }

    proptest! {
        #[test]
        fn every_trace_is_found_in_its_slot_until_it_is_removed(
            steps in prop::collection::vec((0..400_u32, prop::bool::weighted(0.6)), 0..2_000),
        ) {
            let (mut traces, mut expected) = (Traces::default(), HashMap::new());
            for ((number, adds), fingerprint) in steps.into_iter().zip(0_u64..) {
                if adds {
                    let slot = add(&mut traces, number, fingerprint);
                    let known = expected.entry(number).or_insert((slot, fingerprint));
                    prop_assert_eq!(known.0, slot);
                } else {
                    let gone = traces.remove(&id(number)).map(|trace| trace.logs[0].fingerprint);
                    prop_assert_eq!(gone, expected.remove(&number).map(|(_, fingerprint)| fingerprint));
                }
                prop_assert_eq!(traces.len(), expected.len());
            }
            for (number, (slot, fingerprint)) in expected {
                let (found, trace) = traces.at(slot).unwrap();
                prop_assert_eq!((found, trace.logs[0].fingerprint), (id(number), fingerprint));
            }
        }
    }

    #[test]
    fn memory_of_removed_traces_is_freed() {
        let mut traces = Traces::default();
        for number in 0..50_000 {
            add(&mut traces, number, 0);
        }
        let peak = traces.bytes();
        for number in 0..49_500 {
            traces.remove(&id(number));
        }
        assert!(traces.bytes() < peak / 50, "{} of {peak}", traces.bytes());
        for number in 49_500..50_000 {
            traces.remove(&id(number));
        }
        assert_eq!(traces.bytes(), 0);
    }
}
