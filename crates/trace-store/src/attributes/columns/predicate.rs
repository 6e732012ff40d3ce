//! Predicate on attribute values, prepared for a column scan.

use memchr::memmem::Finder;
use trace_model::Value;

use crate::query::ValuePredicate;

/// A predicate on values, with what it implies for texts that are stored in lower case.
#[derive(Debug)]
pub(crate) struct ColumnPredicate {
    predicate: ValuePredicate,
    lowercase: ValuePredicate,
    needle: Option<Needle>,
    /// Whether a value matches when the column cannot decide.
    matches_undecided: bool,
}

/// A substring that decides most texts, see [`ValuePredicate::needle`].
#[derive(Debug)]
pub(super) struct Needle {
    pub(super) finder: Finder<'static>,
    /// Whether all texts without the needle match; otherwise none of them does.
    pub(super) matches_without: bool,
    matches_with: Option<bool>,
    /// The same for texts that had upper case.
    matches_with_cased: Option<bool>,
}

impl Needle {
    /// Whether all texts with the needle match, or none. `None` where each has to be compared.
    pub(super) const fn matches_with(&self, cased: bool) -> Option<bool> {
        if cased { self.matches_with_cased } else { self.matches_with }
    }
}

impl ColumnPredicate {
    /// Finds a superset of the matching spans: all of them, and others where the columns cannot decide.
    pub(crate) fn superset(predicate: &ValuePredicate) -> Self {
        Self::new(predicate, true)
    }

    /// Finds a subset of the matching spans: those where the columns are certain.
    pub(crate) fn subset(predicate: &ValuePredicate) -> Self {
        Self::new(predicate, false)
    }

    fn new(predicate: &ValuePredicate, matches_undecided: bool) -> Self {
        let lowercase = predicate.to_lowercase();
        let (ignores_case, is_lowercase) = (predicate.ignores_case(), *predicate == lowercase);
        let needle = lowercase.needle().map(|needle| Needle {
            finder: Finder::new(needle.text).into_owned(),
            matches_without: needle.matches_without,
            matches_with: needle.matches_with.filter(|_| ignores_case || is_lowercase),
            matches_with_cased: needle.matches_with.filter(|_| ignores_case),
        });
        Self { predicate: predicate.clone(), lowercase, needle, matches_undecided }
    }

    /// Whether it finds spans for which the columns cannot decide.
    pub(crate) const fn is_superset(&self) -> bool {
        self.matches_undecided
    }

    pub(super) fn matches(&self, value: &Value<'_>) -> bool {
        self.predicate.matches_value(value)
    }

    pub(super) fn matches_int(&self, int: i64) -> bool {
        if self.is_numeric() {
            return self.matches(&Value::Int(int));
        }
        let mut buffer = [0; 20];
        let text = decimal(int, &mut buffer);
        if let Some(needle) = &self.needle {
            // Numbers are short: comparing every window is faster than a searcher.
            let bytes = needle.finder.needle();
            let has_needle = text.windows(bytes.len()).any(|window| window == bytes);
            let decided = if has_needle { needle.matches_with(false) } else { Some(needle.matches_without) };
            if let Some(matches) = decided {
                return matches;
            }
        }
        self.predicate.matches_utf8(text)
    }

    /// Whether the text matches that was stored as `text` in lower case. It may have had upper case if it is `cased`.
    pub(super) fn matches_lowercased(&self, text: &[u8], cased: bool) -> bool {
        if !cased {
            return self.predicate.matches_utf8(text);
        }
        let matches = self.lowercase.matches_utf8(text);
        let is_decided = self.predicate.ignores_case() || matches == self.predicate.is_inequality();
        if is_decided { matches } else { self.matches_undecided }
    }

    pub(super) const fn needle(&self) -> Option<&Needle> {
        self.needle.as_ref()
    }

    /// Length of the needle. The longer it is, the fewer texts match.
    pub(crate) fn needle_len(&self) -> usize {
        self.needle().map_or(0, |needle| needle.finder.needle().len())
    }

    pub(super) fn matches_any(&self) -> bool {
        self.predicate.matches_any()
    }

    /// Whether numbers are compared by value.
    pub(super) const fn is_numeric(&self) -> bool {
        self.predicate.is_numeric()
    }

    /// Whether all texts that are not numbers match, or none. `None` where each has to be compared.
    pub(super) fn matches_non_numbers(&self) -> Option<bool> {
        (self.predicate.is_numeric() || self.predicate.is_ordered()).then(|| self.predicate.is_inequality())
    }

    /// Whether a number from `min` to `max` may match.
    #[expect(clippy::cast_precision_loss, reason = "numbers that are rounded to the same may match")]
    pub(super) fn may_match_between(&self, min: i64, max: i64) -> bool {
        self.predicate.may_match_between(Some((min as f64, max as f64)))
    }
}

/// A number in decimal digits.
fn decimal(int: i64, buffer: &mut [u8; 20]) -> &[u8] {
    let mut rest = int.unsigned_abs();
    let mut from = buffer.len();
    loop {
        from -= 1;
        buffer[from] = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if int < 0 {
        from -= 1;
        buffer[from] = b'-';
    }
    &buffer[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_formatted_as_by_the_standard_library() {
        for int in [0, 7, -7, 10, 99_999, -100_000, i64::MAX, i64::MIN] {
            assert_eq!(decimal(int, &mut [0; 20]), int.to_string().as_bytes());
        }
    }
}
