//! Names of services and operations: each held once, for as long as a span uses it.

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::RandomState;

/// A name that is held in [`Names`]. Valid while the span that it was taken for is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct NameId(u32);

/// Some of the names, as they were numbered when it was made.
#[derive(Debug)]
pub(crate) struct NameSet(Vec<bool>);

impl NameSet {
    pub(crate) fn contains(&self, id: NameId) -> bool {
        self.0.get(id.0 as usize).copied().unwrap_or_default()
    }
}

#[derive(Debug)]
struct Slot {
    text: Arc<str>,
    users: u64,
}

/// What one name costs beside its text: its slot and its place in the map.
const OVERHEAD: usize = 80;

#[derive(Debug, Default)]
pub(crate) struct Names {
    ids: HashMap<Arc<str>, NameId, RandomState>,
    slots: Vec<Option<Slot>>,
    free: Vec<NameId>,
    bytes: usize,
}

impl Names {
    /// The id of a name, with one more user.
    pub(crate) fn acquire(&mut self, text: &str) -> NameId {
        if let Some(&id) = self.ids.get(text) {
            if let Some(slot) = self.slot_mut(id) {
                slot.users += 1;
            }
            return id;
        }
        let text: Arc<str> = text.into();
        self.bytes += text.len() + OVERHEAD;
        let slot = Some(Slot { text: text.clone(), users: 1 });
        let id = if let Some(id) = self.free.pop() {
            self.slots[id.0 as usize] = slot;
            id
        } else {
            self.slots.push(slot);
            // One name costs more than 80 bytes: the memory bound is reached long before 2^32 of them.
            NameId(u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX))
        };
        self.ids.insert(text, id);
        id
    }

    /// One user fewer; the last one takes the name with it.
    pub(crate) fn release(&mut self, id: NameId) {
        let Some(slot) = self.slot_mut(id) else { return };
        slot.users -= 1;
        if slot.users == 0 {
            let text = slot.text.clone();
            self.bytes -= text.len() + OVERHEAD;
            self.ids.remove(&text);
            self.slots[id.0 as usize] = None;
            self.free.push(id);
        }
    }

    /// The id of a name that is in use.
    pub(crate) fn find(&self, text: &str) -> Option<NameId> {
        self.ids.get(text).copied()
    }

    pub(crate) fn text(&self, id: NameId) -> Arc<str> {
        self.slots
            .get(id.0 as usize)
            .and_then(Option::as_ref)
            .map_or_else(|| "".into(), |slot| slot.text.clone())
    }

    /// All names in use, sorted.
    pub(crate) fn sorted(&self) -> Vec<Arc<str>> {
        let mut names: Vec<_> = self.ids.keys().cloned().collect();
        names.sort_unstable();
        names
    }

    /// The ids of the names that match.
    pub(crate) fn matching(&self, matches: impl Fn(&str) -> bool) -> NameSet {
        let mut set = NameSet(vec![false; self.slots.len()]);
        for (slot, holds) in self.slots.iter().zip(&mut set.0) {
            *holds = slot.as_ref().is_some_and(|slot| matches(&slot.text));
        }
        set
    }

    /// Every name with how many spans use it.
    pub(crate) fn counted(&self) -> impl Iterator<Item = (&Arc<str>, u64)> {
        self.slots.iter().flatten().map(|slot| (&slot.text, slot.users))
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    fn slot_mut(&mut self, id: NameId) -> Option<&mut Slot> {
        self.slots.get_mut(id.0 as usize).and_then(Option::as_mut)
    }
}
