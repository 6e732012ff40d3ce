//! A condition made ready for columns.

use memchr::memmem::Finder;
use trace_model::Value;

use crate::query::Text;

/// What a value is to be like, and what that says of its text in lower case.
#[derive(Debug)]
pub(crate) struct Sought {
    text: Text,
    in_lower_case: Text,
    part: Option<Part>,
    /// Whether values count of which a column cannot tell.
    in_doubt: bool,
}

/// What tells most texts apart, see [`Text::part`].
#[derive(Debug)]
pub(super) struct Part {
    pub(super) finder: Finder<'static>,
    pub(super) without: bool,
    with: Option<bool>,
    /// The same of texts that had upper case.
    with_cased: Option<bool>,
}

impl Part {
    /// Whether the condition holds of all texts that have it, or of none, where that is known.
    pub(super) const fn with(&self, cased: bool) -> Option<bool> {
        if cased { self.with_cased } else { self.with }
    }
}

impl Sought {
    /// Finds all the spans that the condition holds of, and others where columns cannot tell.
    pub(crate) fn possibly(text: &Text) -> Self {
        Self::new(text, true)
    }

    /// Finds no span that the condition does not hold of, and not all others.
    pub(crate) fn certainly(text: &Text) -> Self {
        Self::new(text, false)
    }

    fn new(text: &Text, in_doubt: bool) -> Self {
        let in_lower_case = text.in_lower_case();
        let (minds_no_case, is_lower) = (text.minds_no_case(), *text == in_lower_case);
        let part = in_lower_case.part().map(|part| Part {
            finder: Finder::new(part.text).into_owned(),
            without: part.without,
            with: part.with.filter(|_| minds_no_case || is_lower),
            with_cased: part.with.filter(|_| minds_no_case),
        });
        Self { text: text.clone(), in_lower_case, part, in_doubt }
    }

    /// Whether values count of which a column cannot tell.
    pub(crate) const fn counts_doubtful(&self) -> bool {
        self.in_doubt
    }

    pub(super) fn holds_of(&self, value: &Value<'_>) -> bool {
        self.text.holds_of_value(value)
    }

    pub(super) fn holds_of_int(&self, int: i64) -> bool {
        if self.is_of_numbers() {
            return self.holds_of(&Value::Int(int));
        }
        let mut room = [0; 20];
        let text = written(int, &mut room);
        if let Some(part) = &self.part {
            // Numbers are short: looked at place by place they are passed over sooner.
            let needle = part.finder.needle();
            let has = text.windows(needle.len()).any(|window| window == needle);
            if let Some(holds) = if has { part.with(false) } else { Some(part.without) } {
                return holds;
            }
        }
        self.text.holds_of_utf8(text)
    }

    /// Whether a text counts that is this in lower case, and may have had upper case if it is `cased`.
    pub(super) fn counts(&self, text: &[u8], cased: bool) -> bool {
        if !cased {
            return self.text.holds_of_utf8(text);
        }
        let holds = self.in_lower_case.holds_of_utf8(text);
        let is_exact = self.text.minds_no_case() || holds == self.text.is_not();
        if is_exact { holds } else { self.in_doubt }
    }

    pub(super) const fn part(&self) -> Option<&Part> {
        self.part.as_ref()
    }

    /// How much of a text is known that is sought.
    pub(crate) fn part_len(&self) -> usize {
        self.part().map_or(0, |part| part.finder.needle().len())
    }

    /// Whether any value will do.
    pub(super) fn is_any(&self) -> bool {
        self.text.is_any()
    }

    /// Whether numbers are compared as such.
    pub(super) const fn is_of_numbers(&self) -> bool {
        self.text.is_of_numbers()
    }

    /// Whether it holds of texts that are no numbers, where that is all that matters of them.
    pub(super) fn holds_of_words(&self) -> Option<bool> {
        (self.text.is_of_numbers() || self.text.is_ordered()).then(|| self.text.is_not())
    }

    /// Whether a number may be like that which is one of these or between them.
    #[expect(clippy::cast_precision_loss, reason = "what is rounded to the same number may be like that")]
    pub(super) fn may_hold_between(&self, least: i64, greatest: i64) -> bool {
        self.text.may_hold_between(Some((least as f64, greatest as f64)))
    }
}

/// A number in digits, in room for the longest.
fn written(int: i64, room: &mut [u8; 20]) -> &[u8] {
    let mut rest = int.unsigned_abs();
    let mut from = room.len();
    loop {
        from -= 1;
        room[from] = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if int < 0 {
        from -= 1;
        room[from] = b'-';
    }
    &room[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_others_write_them() {
        for int in [0, 7, -7, 10, 99_999, -100_000, i64::MAX, i64::MIN] {
            assert_eq!(written(int, &mut [0; 20]), int.to_string().as_bytes());
        }
    }
}
