//! Wildcard patterns: `*` matches any text.

use memchr::memmem;

/// The literal parts between the wildcards.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pattern {
    head: String,
    middle: Vec<String>,
    tail: String,
}

impl Pattern {
    /// `None` when the text has no wildcard.
    pub(super) fn new(text: &str) -> Option<Self> {
        let (head, rest) = text.split_once('*')?;
        let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
        let middle = middle.split('*').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Some(Self { head: head.to_owned(), middle, tail: tail.to_owned() })
    }

    /// Whether a text matches, case-sensitive.
    pub(super) fn matches(&self, text: &[u8]) -> bool {
        let Self { head, middle, tail } = self;
        // An empty part points to no memory, and comparing with it costs as much as everything else here.
        if !head.is_empty() && !text.starts_with(head.as_bytes()) {
            return false;
        }
        let mut rest = text.get(head.len()..).unwrap_or_default();
        for part in middle {
            let Some(at) = memmem::find(rest, part.as_bytes()) else { return false };
            rest = rest.get(at + part.len()..).unwrap_or_default();
        }
        tail.is_empty() || rest.ends_with(tail.as_bytes())
    }

    /// The longest part, which every matching text contains.
    pub(super) fn longest_part(&self) -> &str {
        let parts = [&self.head, &self.tail].into_iter().chain(&self.middle);
        parts.max_by_key(|part| part.len()).map_or("", |part| part)
    }

    /// Whether every text that contains [`Self::longest_part`] matches.
    pub(super) fn is_one_part(&self) -> bool {
        self.head.is_empty() && self.middle.len() == 1 && self.tail.is_empty()
    }

    /// Whether every text matches.
    pub(super) fn matches_any(&self) -> bool {
        self.longest_part().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_match_in_order_and_do_not_overlap() {
        for (pattern, matching, others) in [
            ("*", &["", "a"][..], &[][..]),
            ("a*", &["a", "ab"], &["", "ba"]),
            ("*a", &["a", "ba"], &["ab"]),
            ("a*a", &["aa", "aba"], &["a", "ab"]),
            ("a*b*c", &["abc", "axbxbxc"], &["acb", "ab", "bc"]),
            ("**ab**b*", &["abb", "xabxbx"], &["ab", "bab"]),
        ] {
            let pattern = Pattern::new(pattern).unwrap();
            assert!(matching.iter().all(|text| pattern.matches(text.as_bytes())), "{pattern:?}");
            assert!(!others.iter().any(|text| pattern.matches(text.as_bytes())), "{pattern:?}");
        }
    }
}
