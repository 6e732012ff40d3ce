//! A cache of encoded attributes per thread: attributes that repeat from span to span are encoded once, and copied.
//!
//! The targets of requests, the services that are called and the statements of a database are few. Recognising them
//! costs less than encoding a single attribute.

use std::cell::RefCell;
use std::thread::LocalKey;

use super::attributes::Attributes;

/// Entries per cache and thread. The newest stay; the bound exists because clients choose some of the keys.
const CAPACITY: usize = 8;

/// Attributes that many spans share.
pub(crate) trait CachedAttributes {
    /// What the cache compares.
    type Key: 'static;

    fn matches(&self, key: &Self::Key) -> bool;

    /// The key of these attributes; `None` when they must not be cached.
    fn key(&self) -> Option<Self::Key>;

    /// Adds the attributes to a set that contains none of their keys.
    fn write(&self, attributes: &mut Attributes);
}

/// One thread's cache of one kind of attributes.
#[derive(Debug)]
pub(crate) struct AttributeCache<K>(RefCell<Entries<K>>);

#[derive(Debug)]
struct Entries<K> {
    all: Vec<(K, Attributes)>,
    /// The index that the next entry replaces, once the cache is full.
    next: usize,
}

impl<K> AttributeCache<K> {
    pub(crate) const fn new() -> Self {
        Self(RefCell::new(Entries { all: Vec::new(), next: 0 }))
    }
}

impl<K> Entries<K> {
    /// Encodes `source` in place of the oldest entry, and returns its index.
    fn insert<C: CachedAttributes<Key = K>>(
        &mut self,
        source: &C,
        value_length: Option<usize>,
    ) -> Option<usize> {
        let key = source.key()?;
        let at = self.next;
        self.next = (at + 1) % CAPACITY;
        match self.all.get_mut(at) {
            Some((oldest, encoded)) => {
                *oldest = key;
                encoded.reset(value_length);
            }
            None => self.all.push((key, Attributes::new(usize::MAX, value_length))),
        }
        source.write(&mut self.all.get_mut(at)?.1);
        Some(at)
    }
}

impl Attributes {
    /// Adds the attributes of `source`, from the cache if they are in it.
    pub(crate) fn add_cached<C: CachedAttributes>(
        &mut self,
        cache: &'static LocalKey<AttributeCache<C::Key>>,
        source: &C,
    ) {
        // The cache of a thread that is ending is gone.
        let added = cache.try_with(|cache| {
            let mut entries = cache.0.try_borrow_mut().ok()?;
            let hit = entries.all.iter().position(|(key, _)| source.matches(key));
            let at = hit.or_else(|| entries.insert(source, self.value_length()))?;
            let (_, encoded) = entries.all.get(at)?;
            self.append(encoded).then_some(())
        });
        if !matches!(added, Ok(Some(()))) {
            source.write(self);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    thread_local! {
        static NUMBERS: AttributeCache<i64> = const { AttributeCache::new() };
    }

    struct Numbered<'a> {
        number: i64,
        text: &'a str,
    }

    impl CachedAttributes for Numbered<'_> {
        type Key = i64;

        fn matches(&self, key: &i64) -> bool {
            self.number == *key
        }

        fn key(&self) -> Option<i64> {
            (self.number % 5 != 0).then_some(self.number)
        }

        fn write(&self, attributes: &mut Attributes) {
            attributes.add("number", self.number);
            attributes.add("text", self.text);
        }
    }

    fn encoded(
        max_count: usize,
        value_length: Option<usize>,
        write: impl FnOnce(&mut Attributes),
    ) -> (Vec<u8>, u32) {
        let mut attributes = Attributes::new(max_count, value_length);
        write(&mut attributes);
        (attributes.as_bytes().to_vec(), attributes.dropped())
    }

    fn cached(number: i64, text: &str) -> (Vec<u8>, u32) {
        encoded(8, None, |attributes| attributes.add_cached(&NUMBERS, &Numbered { number, text }))
    }

    #[test]
    fn cached_attributes_equal_those_written_directly() {
        for (max_count, value_length) in [(8, None), (1, None), (0, None), (8, Some(3)), (8, None)] {
            for number in (0..20).chain([3, 3, 19]) {
                let source = Numbered { number, text: &format!("text of {number}") };
                let cached = encoded(max_count, value_length, |to| to.add_cached(&NUMBERS, &source));
                let direct = encoded(max_count, value_length, |to| source.write(to));
                assert_eq!(cached, direct, "{number}, limits {max_count} and {value_length:?}");
            }
        }
    }

    #[test]
    fn an_entry_is_reused_until_newer_ones_replace_it() {
        assert_eq!(cached(1, "first"), cached(1, "second"));
        for number in 11..=18 {
            cached(number, "");
        }
        assert_ne!(cached(1, "third"), cached(11, "third"));
        assert_eq!(cached(1, "fourth"), cached(1, "third"));
    }

    #[test]
    fn attributes_without_a_key_are_not_cached() {
        assert_ne!(cached(5, "first"), cached(5, "second"));
    }
}
