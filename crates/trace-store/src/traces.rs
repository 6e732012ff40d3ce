//! The traces, side by side in the order in which they came: who goes through all of them reads on in memory, and does not
//! wait for it at every trace, as one who looks each up by its id would.

use std::{collections::VecDeque, hash::BuildHasher};

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use trace_model::TraceId;

use crate::{cost, entry::TraceEntry};

/// Where a trace lies. When it is gone, another may lie there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Slot(u32);

/// How many traces lie in one piece of memory. In a single one, all of them would have to move when it grows.
pub(crate) const PAGE: usize = 64;

#[derive(Debug, Default)]
pub(crate) struct Traces {
    slots: HashTable<Slot>,
    pages: Vec<Page>,
    /// The longest free is taken first, so that those that came one after another lie one after another. What stands here
    /// may be taken or gone by now.
    free: VecDeque<Slot>,
    /// The page that was begun last.
    filling: usize,
    /// Pages without memory.
    released: Vec<usize>,
    /// What the pages take.
    page_bytes: usize,
    hasher: RandomState,
}

#[derive(Debug, Default)]
struct Page {
    held: Vec<Held>,
    /// How many of them are not empty.
    used: usize,
}

#[derive(Debug)]
struct Held {
    id: TraceId,
    /// Empty where the slot is free.
    trace: TraceEntry,
}

impl Slot {
    #[cfg(test)]
    pub(crate) const fn of(number: u32) -> Self {
        Self(number)
    }

    pub(crate) const fn page(self) -> usize {
        self.0 as usize / PAGE
    }

    pub(crate) const fn place(self) -> usize {
        self.0 as usize % PAGE
    }
}

impl Traces {
    fn slot_of(&self, id: &TraceId) -> Option<Slot> {
        self.slots.find(self.hasher.hash_one(id), |slot| is_at(&self.pages, *slot, id)).copied()
    }

    pub(crate) fn get(&self, id: &TraceId) -> Option<&TraceEntry> {
        Some(self.find(id)?.1)
    }

    pub(crate) fn find(&self, id: &TraceId) -> Option<(Slot, &TraceEntry)> {
        let slot = self.slot_of(id)?;
        Some((slot, self.at(slot)?.1))
    }

    pub(crate) fn get_mut(&mut self, id: &TraceId) -> Option<&mut TraceEntry> {
        Some(self.find_mut(id)?.1)
    }

    pub(crate) fn find_mut(&mut self, id: &TraceId) -> Option<(Slot, &mut TraceEntry)> {
        let slot = self.slot_of(id)?;
        let held = self.pages.get_mut(slot.page())?.held.get_mut(slot.place())?;
        Some((slot, &mut held.trace))
    }

    /// What lies in a slot; None where it is free.
    pub(crate) fn at(&self, slot: Slot) -> Option<(TraceId, &TraceEntry)> {
        let held = held(&self.pages, slot)?;
        (!held.trace.is_empty()).then_some((held.id, &held.trace))
    }

    /// The trace of an id, a new one if need be. Whoever asked for a new one puts something into it.
    pub(crate) fn get_or_add(&mut self, id: TraceId) -> (Slot, &mut TraceEntry) {
        let slot = self.slot_of(&id).unwrap_or_else(|| self.add(id));
        (slot, &mut self.pages[slot.page()].held[slot.place()].trace)
    }

    fn add(&mut self, id: TraceId) -> Slot {
        let slot = self.free_slot();
        let page = &mut self.pages[slot.page()];
        page.used += 1;
        if let Some(held) = page.held.get_mut(slot.place()) {
            held.id = id;
        } else {
            self.page_bytes -= page.bytes();
            page.held.push(Held { id, trace: TraceEntry::default() });
            self.page_bytes += page.bytes();
        }
        let Self { slots, pages, hasher, .. } = self;
        slots.insert_unique(hasher.hash_one(id), slot, |slot| hash_at(pages, *slot, hasher));
        slot
    }

    fn free_slot(&mut self) -> Slot {
        while let Some(slot) = self.free.pop_front() {
            if held(&self.pages, slot).is_some_and(|held| held.trace.is_empty()) {
                return slot;
            }
        }
        if self.pages.get(self.filling).is_none_or(|page| page.held.len() == PAGE) {
            self.filling = self.released.pop().unwrap_or_else(|| {
                self.pages.push(Page::default());
                self.pages.len() - 1
            });
            // The first one grows: few traces do not cost a whole page.
            if self.filling > 0 {
                let page = &mut self.pages[self.filling];
                page.held.reserve_exact(PAGE);
                self.page_bytes += page.bytes();
            }
        }
        let before = self.filling * PAGE + self.pages[self.filling].held.len();
        // A trace costs hundreds of bytes: the memory bound is reached long before 2^32 of them.
        Slot(u32::try_from(before).unwrap_or(u32::MAX))
    }

    pub(crate) fn remove(&mut self, id: &TraceId) -> Option<TraceEntry> {
        let Self { slots, pages, hasher, .. } = self;
        let found = slots.find_entry(hasher.hash_one(id), |slot| is_at(pages, *slot, id));
        let (slot, _) = found.ok()?.remove();
        let page = pages.get_mut(slot.page())?;
        let trace = std::mem::take(&mut page.held.get_mut(slot.place())?.trace);
        page.used -= 1;
        if page.used == 0 && slot.page() != self.filling {
            self.page_bytes -= page.bytes();
            page.held = Vec::new();
            self.released.push(slot.page());
        } else {
            self.free.push_back(slot);
        }
        self.give_back();
        Some(trace)
    }

    /// Gives back what was needed for more traces than there are now.
    fn give_back(&mut self) {
        /// Smaller tables are not worth it.
        const SMALL: usize = 64;
        let Self { slots, pages, hasher, free, .. } = self;
        if slots.is_empty() {
            *self = Self::default();
        } else if slots.capacity() > SMALL && slots.capacity() / 4 > slots.len() {
            slots.shrink_to(slots.len() * 2, |slot| hash_at(pages, *slot, hasher));
            free.retain(|slot| held(pages, *slot).is_some_and(|held| held.trace.is_empty()));
            free.shrink_to_fit();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &TraceEntry> {
        self.pages.iter().flat_map(|page| &page.held).map(|held| &held.trace)
    }

    /// What it takes, beside what the entries hold.
    pub(crate) fn bytes(&self) -> usize {
        self.page_bytes
            + cost::allocated(self.slots.allocation_size())
            + cost::of_capacity::<Page>(self.pages.capacity())
            + cost::of_capacity::<Slot>(self.free.capacity())
            + cost::of_capacity::<usize>(self.released.capacity())
    }
}

impl Page {
    fn bytes(&self) -> usize {
        cost::of_capacity::<Held>(self.held.capacity())
    }
}

fn held(pages: &[Page], slot: Slot) -> Option<&Held> {
    pages.get(slot.page())?.held.get(slot.place())
}

fn is_at(pages: &[Page], slot: Slot, id: &TraceId) -> bool {
    held(pages, slot).is_some_and(|held| held.id == *id)
}

fn hash_at(pages: &[Page], slot: Slot, hasher: &RandomState) -> u64 {
    held(pages, slot).map_or(0, |held| hasher.hash_one(held.id))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::entry::LogEntry;

    fn id(number: u32) -> TraceId {
        TraceId::from_bytes(&(u128::from(number) + 1).to_be_bytes()).unwrap()
    }

    fn log(fingerprint: u64) -> LogEntry {
        LogEntry {
            time: trace_model::Nanos::default(),
            chunk: crate::chunk::ChunkId::default(),
            place: crate::chunk::Place::default(),
            fingerprint,
        }
    }

    fn add(traces: &mut Traces, number: u32, fingerprint: u64) -> Slot {
        let (slot, trace) = traces.get_or_add(id(number));
        trace.push_log(log(fingerprint));
        slot
    }

    proptest! {
        #[test]
        fn every_trace_is_found_where_it_was_put_until_it_goes(
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
    fn what_many_traces_needed_is_given_back_when_they_go() {
        let mut traces = Traces::default();
        for number in 0..50_000 {
            add(&mut traces, number, 0);
        }
        let most = traces.bytes();
        for number in 0..49_500 {
            traces.remove(&id(number));
        }
        assert!(traces.bytes() < most / 50, "{} of {most}", traces.bytes());
        for number in 49_500..50_000 {
            traces.remove(&id(number));
        }
        assert_eq!(traces.bytes(), 0);
    }
}
