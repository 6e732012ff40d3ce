//! A bounded list of distinct items that counts those it has no room for.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, Hash},
};

use foldhash::fast::RandomState;

/// Items that are collected. A sender can make any number of names; each takes some hundred bytes while metrics are
/// computed.
const MAX_ITEMS: usize = 1 << 16;

/// Distinct items by key: the first 65,536, and the number of the others.
#[derive(Debug)]
pub(super) struct Bounded<K, T> {
    pub(super) items: Vec<T>,
    positions: HashMap<K, usize, RandomState>,
    /// Hashes of the keys of the other items.
    others: HashSet<u64, RandomState>,
    hasher: RandomState,
}

impl<K, T> Default for Bounded<K, T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            positions: HashMap::default(),
            others: HashSet::default(),
            hasher: RandomState::default(),
        }
    }
}

impl<K: Hash + Eq + Clone, T> Bounded<K, T> {
    /// The position of an item, which is added when it is new. `None` when there is no room.
    pub(super) fn position_of(&mut self, key: &K, new: impl FnOnce() -> T) -> Option<usize> {
        if let Some(position) = self.positions.get(key) {
            return Some(*position);
        }
        let position = self.items.len();
        if position >= MAX_ITEMS {
            self.others.insert(self.hasher.hash_one(key));
            return None;
        }
        self.items.push(new());
        self.positions.insert(key.clone(), position);
        Some(position)
    }

    pub(super) fn get_mut(&mut self, position: Option<usize>) -> Option<&mut T> {
        self.items.get_mut(position?)
    }

    /// The number of distinct items, with those that it had no room for.
    pub(super) fn total(&self) -> usize {
        self.items.len() + self.others.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_beyond_the_bound_are_counted_once() {
        let mut bounded = Bounded::default();
        for key in (0..MAX_ITEMS + 10).chain(0..MAX_ITEMS + 10) {
            assert_eq!(bounded.position_of(&key, || key), (key < MAX_ITEMS).then_some(key));
        }
        assert_eq!((bounded.items.len(), bounded.total()), (MAX_ITEMS, MAX_ITEMS + 10));
    }
}
