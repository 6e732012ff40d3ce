//! Attributes that one span after another has alike: written once, and copied from then on.
//!
//! Whom a service's requests are addressed to, whom it calls and what it asks its database are few things, said over and over.
//! To recognise them costs less than to write a single attribute.

use std::cell::RefCell;
use std::thread::LocalKey;

use super::attributes::Attributes;

/// How many of a kind a thread remembers, the newest: what comes in is a stranger's choice.
const CAPACITY: usize = 8;

/// What many spans say alike.
pub(crate) trait CachedAttributes {
    /// What it is remembered as.
    type Key: 'static;

    fn matches(&self, known: &Self::Key) -> bool;

    /// `None` where it is not to be remembered.
    fn key(&self) -> Option<Self::Key>;

    /// Adds what it says, under keys that are known not to be there yet.
    fn write(&self, attributes: &mut Attributes);
}

/// What a thread has said of one kind, and how it is written.
#[derive(Debug)]
pub(crate) struct AttributeCache<T>(RefCell<Entries<T>>);

#[derive(Debug)]
struct Entries<T> {
    all: Vec<(T, Attributes)>,
    /// Whose place the next one takes, once there are enough.
    next: usize,
}

impl<T> AttributeCache<T> {
    pub(crate) const fn new() -> Self {
        Self(RefCell::new(Entries { all: Vec::new(), next: 0 }))
    }
}

impl<T> Entries<T> {
    /// Writes what is said of `what` in the place of the oldest; says which that is.
    fn learn<A: CachedAttributes<Key = T>>(
        &mut self,
        what: &A,
        value_length: Option<usize>,
    ) -> Option<usize> {
        let known = what.key()?;
        let at = self.next;
        self.next = (at + 1) % CAPACITY;
        match self.all.get_mut(at) {
            Some((oldest, written)) => {
                *oldest = known;
                written.reset(value_length);
            }
            None => self.all.push((known, Attributes::new(usize::MAX, value_length))),
        }
        what.write(&mut self.all.get_mut(at)?.1);
        Some(at)
    }
}

impl Attributes {
    /// Adds what `what` says.
    pub(crate) fn add_cached<A: CachedAttributes>(
        &mut self,
        memory: &'static LocalKey<AttributeCache<A::Key>>,
        what: &A,
    ) {
        // A thread that ends remembers nothing.
        let added = memory.try_with(|memory| {
            let mut written = memory.0.try_borrow_mut().ok()?;
            let known = written.all.iter().position(|(known, _)| what.matches(known));
            let at = known.or_else(|| written.learn(what, self.value_length()))?;
            let (_, written) = written.all.get(at)?;
            self.append(written).then_some(())
        });
        if !matches!(added, Ok(Some(()))) {
            what.write(self);
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

        fn matches(&self, known: &i64) -> bool {
            self.number == *known
        }

        fn key(&self) -> Option<i64> {
            (self.number % 5 != 0).then_some(self.number)
        }

        fn write(&self, attributes: &mut Attributes) {
            attributes.add("number", self.number);
            attributes.add("text", self.text);
        }
    }

    fn written(
        most: usize,
        value_length: Option<usize>,
        say: impl FnOnce(&mut Attributes),
    ) -> (Vec<u8>, u32) {
        let mut attributes = Attributes::new(most, value_length);
        say(&mut attributes);
        (attributes.as_bytes().to_vec(), attributes.dropped())
    }

    fn remembered(number: i64, text: &str) -> (Vec<u8>, u32) {
        written(8, None, |said| said.add_cached(&NUMBERS, &Numbered { number, text }))
    }

    #[test]
    fn what_is_remembered_is_what_would_be_said() {
        for (most, value_length) in [(8, None), (1, None), (0, None), (8, Some(3)), (8, None)] {
            for number in (0..20).chain([3, 3, 19]) {
                let what = Numbered { number, text: &format!("text of {number}") };
                let alike = written(most, value_length, |said| said.add_cached(&NUMBERS, &what));
                let plain = written(most, value_length, |said| what.write(said));
                assert_eq!(alike, plain, "{number}, limits {most} and {value_length:?}");
            }
        }
    }

    #[test]
    fn what_is_known_is_not_said_again_until_others_took_its_place() {
        assert_eq!(remembered(1, "first"), remembered(1, "second"));
        for number in 11..=18 {
            remembered(number, "");
        }
        assert_ne!(remembered(1, "third"), remembered(11, "third"));
        assert_eq!(remembered(1, "fourth"), remembered(1, "third"));
    }

    #[test]
    fn what_is_not_to_be_remembered_is_said_each_time() {
        assert_ne!(remembered(5, "first"), remembered(5, "second"));
    }
}
