//! Names of services and operations: each held once, for as long as a span uses it.
//!
//! The name of an operation is held together with the peer that it calls, so that the map of services costs no byte of a
//! span's entry.

use std::{hash::BuildHasher, sync::Arc};

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::{
    cost, digest,
    ingest::{Batch, Pending},
    peer::Peer,
};

/// A name that is held in [`Names`]. Valid while the span that it was taken for is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct NameId(u32);

impl NameId {
    pub(crate) const fn number(self) -> u32 {
        self.0
    }
}

/// Some of the names, as they were numbered when it was made.
#[derive(Debug)]
pub(crate) struct NameSet {
    holds: Vec<bool>,
    /// Of all of them: see [`digest::bit`].
    pub(crate) bits: u64,
}

impl NameSet {
    pub(crate) fn contains(&self, id: NameId) -> bool {
        self.holds.get(id.0 as usize).copied().unwrap_or_default()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.bits == 0
    }
}

#[derive(Debug)]
struct Slot {
    text: Arc<str>,
    peer: Option<Peer>,
    users: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Names {
    ids: HashTable<NameId>,
    slots: Vec<Option<Slot>>,
    free: Vec<NameId>,
    /// What the texts take.
    bytes: usize,
    hasher: RandomState,
}

/// Names that the spans of a batch were given: the next ones mostly have one of them.
#[derive(Debug, Default)]
pub(crate) struct Acquired<'b> {
    operations: Vec<(&'b str, Option<usize>, NameId)>,
    service: Option<(usize, NameId)>,
}

impl<'b> Acquired<'b> {
    /// More of them are looked up.
    const MOST: usize = 8;

    /// [`Names::acquire`] for the name of a span.
    pub(crate) fn operation(
        &mut self,
        names: &mut Names,
        span: &'b Pending<'_>,
        batch: &Batch<'_>,
    ) -> NameId {
        let is_it = |(name, peer, _): &&(_, _, _)| *peer == span.peer && *name == span.name;
        if let Some((.., id)) = self.operations.iter().find(is_it) {
            return names.acquire_again(*id);
        }
        let peer = span.peer.and_then(|peer| batch.peers.get(peer));
        let id = names.acquire(&span.name, peer);
        if self.operations.len() < Self::MOST {
            self.operations.push((&span.name, span.peer, id));
        }
        id
    }

    /// [`Names::acquire`] for the service of a span.
    pub(crate) fn service(&mut self, names: &mut Names, span: &Pending<'_>, batch: &Batch<'_>) -> NameId {
        if let Some((_, id)) = self.service.filter(|(service, _)| *service == span.service) {
            return names.acquire_again(id);
        }
        let id = names.acquire(batch.services.get(span.service).map_or("", |name| name), None);
        self.service = Some((span.service, id));
        id
    }
}

impl Names {
    /// The id of a name with its peer, with one more user.
    pub(crate) fn acquire(&mut self, text: &str, peer: Option<&Peer>) -> NameId {
        if let Some(id) = self.find(text, peer) {
            return self.acquire_again(id);
        }
        let slot = Slot { text: text.into(), peer: peer.cloned(), users: 1 };
        self.bytes += slot.bytes();
        let id = if let Some(id) = self.free.pop() {
            self.slots[id.0 as usize] = Some(slot);
            id
        } else {
            self.slots.push(Some(slot));
            // One name costs more than 80 bytes: the memory bound is reached long before 2^32 of them.
            NameId(u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX))
        };
        let hash = self.hash(text, peer);
        let Self { ids, slots, hasher, .. } = self;
        ids.insert_unique(hash, id, |id| {
            let slot = slots.get(id.0 as usize).and_then(Option::as_ref);
            slot.map_or(0, |slot| hasher.hash_one((&*slot.text, slot.peer.as_ref())))
        });
        id
    }

    /// [`Self::acquire`] of a name that is in use, by its id.
    pub(crate) fn acquire_again(&mut self, id: NameId) -> NameId {
        if let Some(slot) = self.slot_mut(id) {
            slot.users += 1;
        }
        id
    }

    /// One user fewer; the last one takes the name with it.
    pub(crate) fn release(&mut self, id: NameId) {
        let Some(slot) = self.slot_mut(id) else { return };
        slot.users -= 1;
        if slot.users > 0 {
            return;
        }
        if let Some(slot) = self.slots.get_mut(id.0 as usize).and_then(Option::take) {
            self.bytes -= slot.bytes();
            let hash = self.hash(&slot.text, slot.peer.as_ref());
            if let Ok(entry) = self.ids.find_entry(hash, |known| *known == id) {
                entry.remove();
            }
            self.free.push(id);
            if self.ids.is_empty() {
                *self = Self::default();
            }
        }
    }

    /// The id of a name that is in use.
    pub(crate) fn find(&self, text: &str, peer: Option<&Peer>) -> Option<NameId> {
        let is_it = |id: &NameId| {
            self.slot(*id).is_some_and(|slot| &*slot.text == text && slot.peer.as_ref() == peer)
        };
        self.ids.find(self.hash(text, peer), is_it).copied()
    }

    pub(crate) fn text(&self, id: NameId) -> Arc<str> {
        self.slot(id).map_or_else(|| "".into(), |slot| slot.text.clone())
    }

    pub(crate) fn peer(&self, id: NameId) -> Option<&Peer> {
        self.slot(id)?.peer.as_ref()
    }

    /// All names in use, sorted, each once.
    pub(crate) fn sorted(&self) -> Vec<Arc<str>> {
        let mut names: Vec<_> = self.slots.iter().flatten().map(|slot| slot.text.clone()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The ids of the names that match.
    pub(crate) fn matching(&self, matches: impl Fn(&str) -> bool) -> NameSet {
        let matches = |slot: &Option<Slot>| slot.as_ref().is_some_and(|slot| matches(&slot.text));
        let holds: Vec<_> = self.slots.iter().map(matches).collect();
        let numbers = (0..).zip(&holds).filter(|(_, holds)| **holds);
        let bits = numbers.fold(0, |bits, (number, _)| bits | digest::bit(NameId(number)));
        NameSet { holds, bits }
    }

    /// Every name, sorted, with how many spans use it.
    pub(crate) fn counted(&self) -> Vec<(Arc<str>, u64)> {
        let mut names: Vec<_> =
            self.slots.iter().flatten().map(|slot| (slot.text.clone(), slot.users)).collect();
        names.sort_unstable();
        names.dedup_by(|next, name| {
            let same = next.0 == name.0;
            if same {
                name.1 += next.1;
            }
            same
        });
        names
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
            + cost::of_capacity::<Option<Slot>>(self.slots.capacity())
            + cost::of_capacity::<NameId>(self.free.capacity())
            + cost::allocated(self.ids.allocation_size())
    }

    fn hash(&self, text: &str, peer: Option<&Peer>) -> u64 {
        self.hasher.hash_one((text, peer))
    }

    fn slot(&self, id: NameId) -> Option<&Slot> {
        self.slots.get(id.0 as usize).and_then(Option::as_ref)
    }

    fn slot_mut(&mut self, id: NameId) -> Option<&mut Slot> {
        self.slots.get_mut(id.0 as usize).and_then(Option::as_mut)
    }
}

impl Slot {
    fn bytes(&self) -> usize {
        cost::of_text(&self.text) + self.peer.as_ref().map_or(0, |peer| cost::of_text(&peer.name))
    }
}
