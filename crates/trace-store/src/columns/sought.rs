//! A condition made ready for columns.

use memchr::memmem::Finder;
use trace_model::Value;

use crate::query::Text;

/// What a value is to be like, and what that says of its text in lower case.
#[derive(Debug)]
pub(crate) struct Sought {
    text: Text,
    in_lower_case: Text,
    /// What every text has of which it holds, in lower case; or what none of them has.
    part: Option<Finder<'static>>,
}

impl Sought {
    pub(crate) fn new(text: &Text) -> Self {
        let in_lower_case = text.in_lower_case();
        let part = in_lower_case.part().map(|part| Finder::new(part).into_owned());
        Self { text: text.clone(), in_lower_case, part }
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
        // Numbers are short: looked at place by place they are passed over sooner.
        let has = |part: &Finder<'_>| text.windows(part.needle().len()).any(|window| window == part.needle());
        if self.part().is_some_and(|part| !has(part)) {
            return self.asks_for_lack();
        }
        std::str::from_utf8(text).is_ok_and(|text| self.text.holds_of(text))
    }

    /// Whether it may hold of a text that is this in lower case.
    pub(super) fn holds_of_lower_case(&self, text: &[u8]) -> bool {
        self.text.is_not() || std::str::from_utf8(text).is_ok_and(|text| self.in_lower_case.holds_of(text))
    }

    pub(super) const fn part(&self) -> Option<&Finder<'static>> {
        self.part.as_ref()
    }

    /// How much of a text is known that is sought.
    pub(crate) fn part_len(&self) -> usize {
        self.part().map_or(0, |part| part.needle().len())
    }

    /// Whether it holds of the texts that do not have the part.
    pub(super) fn asks_for_lack(&self) -> bool {
        self.text.is_lack()
    }

    /// Whether any value will do.
    pub(super) fn is_any(&self) -> bool {
        self.text.is_any()
    }

    /// Whether numbers are compared as such.
    pub(super) const fn is_of_numbers(&self) -> bool {
        self.text.is_of_numbers()
    }

    /// Whether a text may be like that, when none or some of them are numbers.
    pub(super) const fn may_be_text(&self, numeric: bool) -> bool {
        numeric || !self.text.is_ordered()
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
