//! The fingerprint by which Rollbar groups items.
//!
//! It consists of what stays the same between builds and machines: no line, no host, no id. Rollbar hashes a longer one
//! itself (SHA-1 above 40 characters).

use super::occurrence::{Occurrence, What};
use crate::otlp::truncated_to_bytes;

/// Longest fingerprint in bytes, so that a long message does not fill the item.
const MAX_BYTES: usize = 512;

/// The fingerprint of an occurrence at `route`.
pub(super) fn fingerprint(occurrence: &Occurrence, route: Option<&str>) -> String {
    let (class, message) = match &occurrence.what {
        What::Exception { class, message, .. } => (class.as_str(), message),
        What::Message(message) => ("message", message),
    };
    let module = &occurrence.place.module;
    let mut fingerprint =
        format!("{module}|{class}|{}|{}", route.unwrap_or_default(), without_values(message));
    fingerprint.truncate(truncated_to_bytes(&fingerprint, MAX_BYTES).len());
    fingerprint
}

/// The message with `#` in place of each word that contains a digit: ids, ports, counts, host names with numbers.
fn without_values(message: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric();
    let mut general = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(first) = rest.chars().next() {
        let length = rest.find(|c| is_word(c) != is_word(first)).unwrap_or(rest.len());
        let (run, behind) = rest.split_at(length);
        general.push_str(if run.bytes().any(|byte| byte.is_ascii_digit()) { "#" } else { run });
        rest = behind;
    }
    general
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_ports_and_counts_do_not_separate_groups() {
        assert_eq!(without_values("connect to 10.0.0.7:5432: refused"), "connect to #.#.#.#:#: refused");
        assert_eq!(
            without_values("no activity 0198af3c-77aa-7000-8c9d-aa00bb11cc22"),
            without_values("no activity 0198af3c-77aa-7000-8c9d-bb00aa11cc33")
        );
        assert_ne!(without_values("the pool is full"), without_values("the disk is full"));
        assert_eq!(without_values(""), "");
    }
}
