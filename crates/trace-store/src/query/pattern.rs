//! A text in which `*` stands for anything.

use memchr::memmem;

/// What stands between the `*`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pattern {
    head: String,
    middle: Vec<String>,
    tail: String,
}

impl Pattern {
    /// None when there is no `*` in it.
    pub(super) fn new(text: &str) -> Option<Self> {
        let (head, rest) = text.split_once('*')?;
        let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
        let middle = middle.split('*').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Some(Self { head: head.to_owned(), middle, tail: tail.to_owned() })
    }

    /// Whether a text is like that. Case matters.
    pub(super) fn fits(&self, text: &[u8]) -> bool {
        // To compare with nothing may take longer than with something: it lies nowhere, and the processor looks there.
        let Self { head, middle, tail } = self;
        // What is empty lies nowhere: to compare there costs as much as the rest.
        if !head.is_empty() && !text.starts_with(head.as_bytes()) {
            return false;
        }
        let mut rest = text.get(head.len()..).unwrap_or_default();
        for part in middle {
            let Some(place) = memmem::find(rest, part.as_bytes()) else { return false };
            rest = rest.get(place + part.len()..).unwrap_or_default();
        }
        tail.is_empty() || rest.ends_with(tail.as_bytes())
    }

    /// The longest part that every text has that fits.
    pub(super) fn longest_part(&self) -> &str {
        let parts = [&self.head, &self.tail].into_iter().chain(&self.middle);
        parts.max_by_key(|part| part.len()).map_or("", |part| part)
    }

    /// Whether every text fits that has [`Self::longest_part`].
    pub(super) fn is_one_part(&self) -> bool {
        self.head.is_empty() && self.middle.len() == 1 && self.tail.is_empty()
    }

    /// Whether any text fits.
    pub(super) fn is_any(&self) -> bool {
        self.longest_part().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_in_their_order_and_not_in_one_another() {
        for (pattern, fitting, others) in [
            ("*", &["", "a"][..], &[][..]),
            ("a*", &["a", "ab"], &["", "ba"]),
            ("*a", &["a", "ba"], &["ab"]),
            ("a*a", &["aa", "aba"], &["a", "ab"]),
            ("a*b*c", &["abc", "axbxbxc"], &["acb", "ab", "bc"]),
            ("**ab**b*", &["abb", "xabxbx"], &["ab", "bab"]),
        ] {
            let pattern = Pattern::new(pattern).unwrap();
            assert!(fitting.iter().all(|text| pattern.fits(text.as_bytes())), "{pattern:?}");
            assert!(!others.iter().any(|text| pattern.fits(text.as_bytes())), "{pattern:?}");
        }
    }
}
