//! The text of an address: formatting one costs more than all else that is said of a request, and callers come in rows.

use std::cell::RefCell;
use std::fmt::Write;
use std::net::IpAddr;

thread_local! {
    /// That of the one before, kept a thread.
    static LAST: RefCell<(Option<IpAddr>, String)> = const { RefCell::new((None, String::new())) };
}

/// Lends the text of `address` to `say`, which must not ask for another one.
pub(crate) fn with_text<R>(address: IpAddr, say: impl FnOnce(&str) -> R) -> R {
    LAST.with_borrow_mut(|(last, text)| {
        if *last != Some(address) {
            text.clear();
            // Writing to a String cannot fail.
            let _ = write!(text, "{address}");
            *last = Some(address);
        }
        say(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_never_taken_for_another() {
        for text in ["127.0.0.1", "127.0.0.1", "::1", "10.0.0.1", "127.0.0.1"] {
            assert_eq!(with_text(text.parse().expect("an address"), str::to_owned), text);
        }
    }
}
