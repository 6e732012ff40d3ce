//! The traces, side by side in the order in which they came: who goes through all of them reads on in memory, and does not
//! wait for it at every trace, as one who looks each up by its id would.

use std::collections::{HashMap, VecDeque};

use foldhash::fast::RandomState;
use trace_model::TraceId;

use crate::entry::TraceEntry;

/// Where a trace lies. When it is gone, another may lie there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot(u32);

/// How many traces lie in one piece of memory. In a single one, all of them would have to move when it grows.
const PAGE: usize = 256;

#[derive(Debug, Default)]
pub(crate) struct Traces {
    slots: HashMap<TraceId, Slot, RandomState>,
    pages: Vec<Vec<Held>>,
    /// The longest free is taken first, so that those that came one after another lie one after another.
    free: VecDeque<Slot>,
}

#[derive(Debug)]
struct Held {
    id: TraceId,
    /// Empty where the slot is free.
    trace: TraceEntry,
}

impl Slot {
    const fn page(self) -> usize {
        self.0 as usize / PAGE
    }

    const fn place(self) -> usize {
        self.0 as usize % PAGE
    }
}

impl Traces {
    pub(crate) fn get(&self, id: &TraceId) -> Option<&TraceEntry> {
        Some(self.at(*self.slots.get(id)?)?.1)
    }

    pub(crate) fn get_mut(&mut self, id: &TraceId) -> Option<&mut TraceEntry> {
        Some(self.find_mut(id)?.1)
    }

    pub(crate) fn find_mut(&mut self, id: &TraceId) -> Option<(Slot, &mut TraceEntry)> {
        let slot = *self.slots.get(id)?;
        let held = self.pages.get_mut(slot.page())?.get_mut(slot.place())?;
        Some((slot, &mut held.trace))
    }

    /// What lies in a slot; None where it is free.
    pub(crate) fn at(&self, slot: Slot) -> Option<(TraceId, &TraceEntry)> {
        let held = self.pages.get(slot.page())?.get(slot.place())?;
        (!held.trace.is_empty()).then_some((held.id, &held.trace))
    }

    /// The trace of an id, a new one if need be.
    pub(crate) fn get_or_add(&mut self, id: TraceId) -> (Slot, &mut TraceEntry) {
        let Self { slots, pages, free } = self;
        let slot = *slots.entry(id).or_insert_with(|| free.pop_front().unwrap_or_else(|| next(pages)));
        let page = &mut pages[slot.page()];
        if slot.place() == page.len() {
            page.push(Held { id, trace: TraceEntry::default() });
        }
        let held = &mut page[slot.place()];
        held.id = id;
        (slot, &mut held.trace)
    }

    pub(crate) fn remove(&mut self, id: &TraceId) -> Option<TraceEntry> {
        let slot = self.slots.remove(id)?;
        let held = self.pages.get_mut(slot.page())?.get_mut(slot.place())?;
        self.free.push_back(slot);
        Some(std::mem::take(&mut held.trace))
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &TraceEntry> {
        self.pages.iter().flatten().map(|held| &held.trace)
    }
}

/// The slot behind the last one.
fn next(pages: &mut Vec<Vec<Held>>) -> Slot {
    if pages.last().is_none_or(|page| page.len() == PAGE) {
        pages.push(Vec::with_capacity(PAGE));
    }
    let before = (pages.len() - 1) * PAGE + pages.last().map_or(0, Vec::len);
    // A trace costs hundreds of bytes: the memory bound is reached long before 2^32 of them.
    Slot(u32::try_from(before).unwrap_or(u32::MAX))
}
