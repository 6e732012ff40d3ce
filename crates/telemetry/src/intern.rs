//! Text that is the same in one request after another, kept once a thread: the peer's address, the host, the user agent.

use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::Arc;

use opentelemetry::{StringValue, Value};

thread_local! {
    static ADDRESS: RefCell<Option<(IpAddr, Arc<str>)>> = const { RefCell::new(None) };
}

/// One kind of text of which the last one is kept: callers come in rows.
pub(crate) struct Last(RefCell<Option<Arc<str>>>);

impl Last {
    pub(crate) const fn new() -> Self {
        Self(RefCell::new(None))
    }

    /// `text` as a value, shared with the one before when they are the same.
    pub(crate) fn value(&self, text: &str) -> Value {
        let mut last = self.0.borrow_mut();
        if let Some(kept) = last.as_ref().filter(|kept| &***kept == text) {
            return shared(kept);
        }
        let kept = Arc::from(text);
        let value = shared(&kept);
        *last = Some(kept);
        value
    }
}

/// Texts of which a program has few, and says them often: a statement, a table.
pub(crate) struct Few(RefCell<[[Option<Arc<str>>; 2]; PLACES]>);

/// At how many places two are kept each, the one that came last in front; more that want the same place take turns.
const PLACES: usize = 32;

impl Few {
    pub(crate) const fn new() -> Self {
        Self(RefCell::new([const { [const { None }; 2] }; PLACES]))
    }

    /// `text` as a value, shared with those before when they are the same.
    pub(crate) fn value(&self, text: &str) -> Value {
        let mut known = self.0.borrow_mut();
        let [front, behind] = &mut known[place(text)];
        let is_same = |kept: &Option<Arc<str>>| kept.as_deref() == Some(text);
        if !is_same(front) {
            std::mem::swap(front, behind);
            front.take_if(|kept| &**kept != text);
        }
        shared(front.get_or_insert_with(|| Arc::from(text)))
    }
}

/// Statements begin alike, and end alike: what stands between is looked at as well.
fn place(text: &str) -> usize {
    let (bytes, length) = (text.as_bytes(), text.len());
    let at = |place: usize| bytes.get(place).map_or(0, |byte| usize::from(*byte));
    (length + at(0) * 7 + at(length / 2) * 5 + at(length / 4) * 11 + at(length.wrapping_sub(1)) * 3) % PLACES
}

/// An address as a value; formatting one costs more than all else that is said of it.
pub(crate) fn address(address: IpAddr) -> Value {
    ADDRESS.with_borrow_mut(|last| {
        if let Some((_, kept)) = last.as_ref().filter(|(known, _)| *known == address) {
            return shared(kept);
        }
        let kept: Arc<str> = address.to_string().into();
        let value = shared(&kept);
        *last = Some((address, kept));
        value
    })
}

fn shared(text: &Arc<str>) -> Value {
    Value::String(StringValue::from(Arc::clone(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(few: &Few) -> Vec<Arc<str>> {
        few.0.borrow().iter().flatten().flatten().cloned().collect()
    }

    #[test]
    fn two_texts_that_want_the_same_place_are_both_kept() {
        let texts = ["same length, same ends: a b", "same length, same ends: b b"];
        assert_eq!(place(texts[0]), place(texts[1]));
        let few = Few::new();
        for text in texts {
            assert_eq!(few.value(text).as_str(), text);
        }
        let kept = known(&few);
        for text in texts {
            assert_eq!(few.value(text).as_str(), text);
        }
        let still = known(&few);
        assert!(kept.len() == 2 && kept.iter().all(|one| still.iter().any(|other| Arc::ptr_eq(one, other))));
    }

    #[test]
    fn a_text_is_never_taken_for_another() {
        let last = Last::new();
        for text in ["a", "a", "b", "", "a"] {
            assert_eq!(last.value(text).as_str(), text);
        }
        let few = Few::new();
        for text in ["a", "b", "aa", "ab", "", "a"].into_iter().chain(["users"; 3]).cycle().take(100) {
            assert_eq!(few.value(text).as_str(), text);
        }
        for text in ["127.0.0.1", "127.0.0.1", "::1", "10.0.0.1"] {
            assert_eq!(address(text.parse().expect("an address")).as_str(), text);
        }
    }
}
