//! Interned names of services and operations, reference-counted by their spans.
//!
//! The name of an operation is interned together with the peer that it calls. So the service map takes no byte of a
//! span entry.
//!
//! Senders choose the names. So they have a limit of their own: beyond it, spans get the name [`Names::other`] in the index, and
//! are counted. Their bytes keep the name.

use std::{hash::BuildHasher, sync::Arc};

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use trace_model::peer::Peer;

use crate::{
    alloc_size,
    ingest::{PendingSpan, SpanBatch},
};

/// Number of a name in [`Names`]. It is valid as long as the span that acquired it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct NameId(u32);

impl NameId {
    /// The bit of this name in a 64-bit set, which several names share.
    pub(super) const fn bit(self) -> u64 {
        1 << (self.0 % 64)
    }
}

/// A set of names, by the numbers that they had when the set was made.
#[derive(Debug)]
pub(crate) struct NameSet {
    contains: Vec<bool>,
    /// The [bits](NameId::bit) of all of them.
    pub(crate) bits: u64,
}

impl NameSet {
    pub(crate) fn contains(&self, id: NameId) -> bool {
        self.contains.get(id.0 as usize).copied().unwrap_or_default()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.bits == 0
    }
}

#[derive(Debug)]
struct Slot {
    text: Arc<str>,
    peer: Option<Peer>,
    references: u64,
}

#[derive(Debug)]
pub(crate) struct Names {
    /// The name of spans whose own name has no room.
    other: &'static str,
    /// The id of that name, while a span has it.
    other_id: Option<NameId>,
    /// Spans that got it, since the start.
    others: u64,
    /// Bytes that all names may take.
    limit: usize,
    ids: HashTable<NameId>,
    slots: Vec<Option<Slot>>,
    free: Vec<NameId>,
    /// Bytes of the texts.
    bytes: usize,
    hasher: RandomState,
}

/// Cache of the names that spans of a batch acquired. The next spans mostly have the same.
#[derive(Debug, Default)]
pub(crate) struct NameCache<'b> {
    operations: Vec<(&'b str, Option<usize>, NameId)>,
    service: Option<(usize, NameId)>,
}

impl<'b> NameCache<'b> {
    /// Cached names of operations. Others are looked up.
    const CAPACITY: usize = 8;

    /// [`Names::acquire`] for the name of a span.
    pub(crate) fn operation(
        &mut self,
        names: &mut Names,
        span: &'b PendingSpan<'_>,
        batch: &SpanBatch<'_>,
    ) -> NameId {
        let is_same = |(name, peer, _): &&(_, _, _)| *peer == span.peer && *name == span.name;
        if let Some((.., id)) = self.operations.iter().find(is_same) {
            return names.reacquire(*id);
        }
        let peer = span.peer.and_then(|peer| batch.peers.get(peer));
        let id = names.acquire(&span.name, peer);
        if self.operations.len() < Self::CAPACITY {
            self.operations.push((&span.name, span.peer, id));
        }
        id
    }

    /// [`Names::acquire`] for the service of a span.
    pub(crate) fn service(
        &mut self,
        names: &mut Names,
        span: &PendingSpan<'_>,
        batch: &SpanBatch<'_>,
    ) -> NameId {
        if let Some((_, id)) = self.service.filter(|(service, _)| *service == span.service) {
            return names.reacquire(id);
        }
        let id = names.acquire(batch.services.get(span.service).map_or("", |name| name), None);
        self.service = Some((span.service, id));
        id
    }
}

impl Names {
    /// No names, which may take `limit` bytes.
    pub(crate) fn new(other: &'static str, limit: usize) -> Self {
        Self {
            other,
            other_id: None,
            others: 0,
            limit,
            ids: HashTable::new(),
            slots: Vec::new(),
            free: Vec::new(),
            bytes: 0,
            hasher: RandomState::default(),
        }
    }

    /// The id of a name with its peer, or, where it has no room, that of [`Self::other`]. Increments its reference count.
    pub(crate) fn acquire(&mut self, text: &str, peer: Option<&Peer>) -> NameId {
        if let Some(id) = self.find(text, peer) {
            return self.reacquire(id);
        }
        if self.live_bytes() < self.limit {
            return self.add(text, peer);
        }
        if let Some(id) = self.other_id {
            return self.reacquire(id);
        }
        self.others += 1;
        let other = self.other;
        let id = match self.find(other, None) {
            Some(id) => self.reacquire(id),
            None => self.add(other, None),
        };
        self.other_id = Some(id);
        id
    }

    fn add(&mut self, text: &str, peer: Option<&Peer>) -> NameId {
        let slot = Slot { text: text.into(), peer: peer.cloned(), references: 1 };
        self.bytes += slot.bytes();
        let id = if let Some(id) = self.free.pop() {
            self.slots[id.0 as usize] = Some(slot);
            id
        } else {
            self.slots.push(Some(slot));
            // A name takes more than 80 bytes: the memory limit is reached long before 2^32 of them.
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

    /// [`Self::acquire`] for a name that is in use, by its id.
    pub(crate) fn reacquire(&mut self, id: NameId) -> NameId {
        self.others += u64::from(self.other_id == Some(id));
        if let Some(slot) = self.slot_mut(id) {
            slot.references += 1;
        }
        id
    }

    /// Decrements the reference count of a name, and removes the name at zero.
    pub(crate) fn release(&mut self, id: NameId) {
        let Some(slot) = self.slot_mut(id) else { return };
        slot.references -= 1;
        if slot.references > 0 {
            return;
        }
        if let Some(slot) = self.slots.get_mut(id.0 as usize).and_then(Option::take) {
            self.bytes -= slot.bytes();
            let hash = self.hash(&slot.text, slot.peer.as_ref());
            if let Ok(entry) = self.ids.find_entry(hash, |known| *known == id) {
                entry.remove();
            }
            self.free.push(id);
            if self.other_id == Some(id) {
                self.other_id = None;
            }
            if self.ids.is_empty() {
                *self = Self { others: self.others, ..Self::new(self.other, self.limit) };
            }
        }
    }

    /// The id of a name that is in use.
    pub(crate) fn find(&self, text: &str, peer: Option<&Peer>) -> Option<NameId> {
        let is_same = |id: &NameId| {
            self.slot(*id).is_some_and(|slot| &*slot.text == text && slot.peer.as_ref() == peer)
        };
        self.ids.find(self.hash(text, peer), is_same).copied()
    }

    pub(crate) fn text(&self, id: NameId) -> Arc<str> {
        self.slot(id).map_or_else(|| "".into(), |slot| slot.text.clone())
    }

    pub(crate) fn peer(&self, id: NameId) -> Option<&Peer> {
        self.slot(id)?.peer.as_ref()
    }

    /// All names in use. A name with several peers comes several times.
    pub(crate) fn all(&self) -> Vec<Arc<str>> {
        self.slots.iter().flatten().map(|slot| slot.text.clone()).collect()
    }

    /// Spans whose name had no room, since the start.
    pub(crate) const fn others(&self) -> u64 {
        self.others
    }

    /// The set of names that match.
    pub(crate) fn matching(&self, matches: impl Fn(&str) -> bool) -> NameSet {
        let matches = |slot: &Option<Slot>| slot.as_ref().is_some_and(|slot| matches(&slot.text));
        let contains: Vec<_> = self.slots.iter().map(matches).collect();
        let numbers = (0..).zip(&contains).filter(|(_, contained)| **contained);
        let bits = numbers.fold(0, |bits, (number, _)| bits | NameId(number).bit());
        NameSet { contains, bits }
    }

    /// All names, sorted, each with the number of spans that use it.
    pub(crate) fn counted(&self) -> Vec<(Arc<str>, u64)> {
        let mut names: Vec<_> =
            self.slots.iter().flatten().map(|slot| (slot.text.clone(), slot.references)).collect();
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

    /// What the names in use take. Lists keep the capacity of names that are gone.
    fn live_bytes(&self) -> usize {
        self.bytes + self.ids.len() * (size_of::<Option<Slot>>() + 2 * size_of::<NameId>())
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
            + alloc_size::of_capacity::<Option<Slot>>(self.slots.capacity())
            + alloc_size::of_capacity::<NameId>(self.free.capacity())
            + alloc_size::of_bytes(self.ids.allocation_size())
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
        alloc_size::of_arc_str(&self.text)
            + self.peer.as_ref().map_or(0, |peer| alloc_size::of_arc_str(&peer.name))
    }
}
