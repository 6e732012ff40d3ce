//! The open spans of a registry, by the ids that the registry gives them.
//!
//! A span could be in the extensions of the registry instead. Reaching it there costs a look-up in the registry's slab, a
//! lock, a look-up by type, and a second lock, for the first may be held by other layers while they run code of the
//! application.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use parking_lot::Mutex;
use tracing::span::Id;

/// Shards. There are several, so that threads rarely contend for one, and few spans rarely share one.
const SHARDS: usize = 128;

/// Values by the id of their span.
#[derive(Debug)]
pub(super) struct OpenById<T>(Box<[Mutex<Shard<T>>; SHARDS]>);

/// The values of a shard. One of them is found without hashing, for most shards hold no other.
#[derive(Debug)]
struct Shard<T> {
    single: Option<(Id, T)>,
    others: HashMap<u64, T, BuildHasherDefault<IdHasher>>,
}

impl<T> OpenById<T> {
    pub(super) fn new() -> Self {
        let shard = || Shard { single: None, others: HashMap::default() };
        Self(Box::new(std::array::from_fn(|_| Mutex::new(shard()))))
    }

    /// Adds the value of a span that has just been created.
    pub(super) fn insert(&self, id: &Id, value: T) {
        let mut shard = self.shard(id).lock();
        debug_assert!(shard.get_mut(id).is_none(), "the registry closes a span before it reuses the id");
        if shard.single.is_none() {
            shard.single = Some((id.clone(), value));
        } else {
            shard.others.insert(id.into_u64(), value);
        }
    }

    /// Calls `access` with the value of an open span, under its lock, which other spans share. `access` must neither run code
    /// of the application nor create, enter or close a span.
    #[inline]
    pub(super) fn with<R>(&self, id: &Id, access: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.shard(id).lock().get_mut(id).map(access)
    }

    /// Removes the value of a span that has closed.
    pub(super) fn remove(&self, id: &Id) -> Option<T> {
        let mut shard = self.shard(id).lock();
        match shard.single.take_if(|(single, _)| single == id) {
            Some((_, value)) => Some(value),
            None => shard.others.remove(&id.into_u64()),
        }
    }

    #[inline]
    fn shard(&self, id: &Id) -> &Mutex<Shard<T>> {
        let [.., top] = mix(id.into_u64()).to_le_bytes();
        &self.0[usize::from(top) % SHARDS]
    }
}

impl<T> Shard<T> {
    #[inline]
    fn get_mut(&mut self, id: &Id) -> Option<&mut T> {
        match &mut self.single {
            Some((single, value)) if single == id => Some(value),
            _ => self.others.get_mut(&id.into_u64()),
        }
    }
}

/// Spreads the bits of an id, whose parts count threads, slots and generations, over the high bits of the result.
#[inline]
fn mix(id: u64) -> u64 {
    /// 2^64 divided by the golden ratio.
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    id.wrapping_mul(FACTOR)
}

/// Hashes an id. No client chooses ids, so collisions need no defence.
#[derive(Clone, Copy, Debug, Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(self.0 ^ u64::from(*byte));
        }
    }

    fn write_u64(&mut self, id: u64) {
        self.0 = mix(id);
    }

    fn finish(&self) -> u64 {
        // A map takes the lowest bits, too.
        self.0.rotate_left(32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_until_it_is_removed() {
        let open = OpenById::new();
        // More than there are shards, so that spans share them.
        let ids: Vec<Id> = (0..1_000).map(|at| Id::from_u64(1 | at << 1 | at << 51)).collect();
        for (at, id) in ids.iter().enumerate() {
            open.insert(id, at);
        }
        for (at, id) in ids.iter().enumerate() {
            assert_eq!(open.with(id, |value| std::mem::replace(value, at + 1)), Some(at));
            assert_eq!((open.remove(id), open.remove(id)), (Some(at + 1), None));
            assert_eq!(open.with(id, |value| *value), None);
        }
    }

    #[test]
    fn consecutive_slots_and_generations_are_spread_over_the_shards() {
        for step in [0, 38, 51] {
            let open = OpenById::new();
            (1..=512_u64).for_each(|at| open.insert(&Id::from_u64(1 + (at << step)), ()));
            let spans = |Shard { single, others }: &Shard<()>| others.len() + usize::from(single.is_some());
            let fullest = open.0.iter().map(|shard| spans(&shard.lock())).max();
            assert!(fullest.is_some_and(|spans| spans <= 16), "{fullest:?} of 512 at bit {step}");
        }
    }
}
