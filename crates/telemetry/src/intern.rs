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
pub(crate) struct Few(RefCell<[Option<Arc<str>>; PLACES]>);

/// How many are kept; two that want the same place take turns.
const PLACES: usize = 32;

impl Few {
    pub(crate) const fn new() -> Self {
        Self(RefCell::new([const { None }; PLACES]))
    }

    /// `text` as a value, shared with those before when they are the same.
    pub(crate) fn value(&self, text: &str) -> Value {
        let bytes = text.as_bytes();
        let (first, last) = (bytes.first().copied(), bytes.last().copied());
        let place = text.len() + usize::from(first.unwrap_or(0)) * 7 + usize::from(last.unwrap_or(0)) * 3;
        let mut known = self.0.borrow_mut();
        let place = &mut known[place % PLACES];
        if let Some(kept) = place.as_ref().filter(|kept| &***kept == text) {
            return shared(kept);
        }
        let kept = Arc::from(text);
        let value = shared(&kept);
        *place = Some(kept);
        value
    }
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
