//! What a text, or the value of an attribute, is to be like.

use std::{borrow::Cow, cmp::Ordering};

use trace_model::Value;

use super::{Operator, RealWriter, pattern::Pattern};

/// An operator with the text on its right side.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    operator: Operator,
    wanted: String,
    number: Option<Number>,
    /// Where `*` stands for anything.
    pattern: Option<Pattern>,
}

/// A part of a text, and what having it says of a condition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'t> {
    pub(crate) text: &'t str,
    /// Whether the condition holds of all texts that do not have it; otherwise it holds of none of them.
    pub(crate) without: bool,
    /// Whether it holds of all that have it, or of none. None where each has to be looked at.
    pub(crate) with: Option<bool>,
}

impl Text {
    pub fn new(operator: Operator, wanted: impl Into<String>) -> Self {
        let wanted = wanted.into();
        Self { operator, number: Number::parse(&wanted), wanted, pattern: None }
    }

    /// The text itself and nothing else.
    pub fn is(wanted: impl Into<String>) -> Self {
        Self::new(Operator::Is, wanted)
    }

    /// With `*` for anything.
    pub(crate) fn pattern(operator: Operator, wanted: String) -> Self {
        let pattern = Pattern::new(&wanted);
        Self { operator, wanted, number: None, pattern }
    }

    /// Whether any value will do.
    pub(crate) fn is_any(&self) -> bool {
        self.operator == Operator::Is && self.pattern.as_ref().is_some_and(Pattern::is_any)
    }

    /// The only text that will do, if numbers of the same value are left aside.
    pub(crate) fn exact(&self) -> Option<&str> {
        (self.operator == Operator::Is && self.pattern.is_none()).then_some(&*self.wanted)
    }

    /// Whether it asks for order, and so for numbers.
    pub(crate) const fn is_ordered(&self) -> bool {
        self.operator.is_ordered()
    }

    /// Whether it asks for another value.
    pub(crate) fn is_not(&self) -> bool {
        self.operator == Operator::IsNot
    }

    /// Whether numbers are compared by their value, and not as they are written.
    pub(crate) const fn is_of_numbers(&self) -> bool {
        self.number.is_some() && !matches!(self.operator, Operator::Contains | Operator::Lacks)
    }

    /// The same for texts in lower case.
    pub(crate) fn in_lower_case(&self) -> Self {
        let wanted = self.wanted.to_ascii_lowercase();
        let pattern = self.pattern.as_ref().and_then(|_| Pattern::new(&wanted));
        Self { operator: self.operator, wanted, number: self.number, pattern }
    }

    /// Whether it holds of a text where, and only where, [`Self::in_lower_case`] holds of that in lower case. Otherwise this
    /// holds nowhere that the other does not; and where it asks for another text, everywhere that the other does.
    pub(crate) fn minds_no_case(&self) -> bool {
        match self.operator {
            Operator::Contains | Operator::Lacks => true,
            Operator::Is | Operator::IsNot => {
                self.pattern.is_some() && !self.wanted.bytes().any(|byte| byte.is_ascii_alphabetic())
            }
            _ => false,
        }
    }

    /// The longest part that tells most texts apart, where one does. For one that minds no case, and for texts in lower case,
    /// upper and lower case do not matter in it.
    pub(crate) fn part(&self) -> Option<Part<'_>> {
        let (text, without, with) = match (self.operator, &self.pattern) {
            (Operator::Contains, _) => (&*self.wanted, false, Some(true)),
            (Operator::Lacks, _) => (&*self.wanted, true, Some(false)),
            (Operator::Is | Operator::IsNot, Some(pattern)) => {
                let with = pattern.is_one_part().then_some(!self.is_not());
                (pattern.longest_part(), self.is_not(), with)
            }
            (Operator::IsNot, None) if self.number.is_none() => (&*self.wanted, true, None),
            _ => return None,
        };
        (!text.is_empty()).then_some(Part { text, without, with })
    }

    /// Whether it may hold of a value when all numbers among the values are between two. Where order is asked for, only
    /// numbers can be in it.
    pub(crate) fn may_hold_between(&self, numbers: Option<(f64, f64)>) -> bool {
        let Some(wanted) = self.number.filter(|_| self.operator.is_ordered()) else { return true };
        let Some((least, greatest)) = numbers else { return false };
        // Not strictly: what was rounded to the same number may differ.
        match self.operator {
            Operator::Greater | Operator::GreaterOrEqual => greatest >= wanted.as_real(),
            _ => least <= wanted.as_real(),
        }
    }

    pub(crate) fn holds_of(&self, text: &str) -> bool {
        self.holds_of_utf8(text.as_bytes())
    }

    /// [`Self::holds_of`] of a text that is known to be one.
    pub(crate) fn holds_of_utf8(&self, text: &[u8]) -> bool {
        match (self.operator, &self.pattern) {
            (Operator::Contains, _) => contains(text, &self.wanted),
            (Operator::Lacks, _) => !contains(text, &self.wanted),
            (Operator::Is, Some(pattern)) => pattern.fits(text),
            (Operator::IsNot, Some(pattern)) => !pattern.fits(text),
            (Operator::Is, None) if text == self.wanted.as_bytes() => true,
            _ => {
                let number = |text| Number::parse(std::str::from_utf8(text).ok()?);
                match self.number.and_then(|wanted| number(text)?.compare(wanted)) {
                    Some(order) => self.operator.of_order(order),
                    None => self.operator == Operator::IsNot && text != self.wanted.as_bytes(),
                }
            }
        }
    }

    /// Bytes, arrays and maps are only looked for by key.
    pub(crate) fn holds_of_value(&self, value: &Value<'_>) -> bool {
        let number = match value {
            Value::Int(int) => Some(Number::Whole(i128::from(*int))),
            Value::Double(double) => Some(Number::Real(*double)),
            _ => None,
        };
        match (number, self.number) {
            (Some(number), Some(wanted)) if self.is_of_numbers() => {
                number.compare(wanted).is_some_and(|order| self.operator.of_order(order))
            }
            _ => match comparable(value) {
                Some(text) => self.holds_of(&text),
                None => self.is_any(),
            },
        }
    }
}

/// The number that a value is, or that its text is.
pub(crate) fn number_of(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Int(int) => Some(Number::Whole(i128::from(*int)).as_real()),
        // What is no number is like none.
        Value::Double(double) => (!double.is_nan()).then_some(*double),
        Value::String(text) => number(text),
        Value::Empty | Value::Bool(_) | Value::Bytes(_) | Value::Array(_) | Value::Map(_) => None,
    }
}

/// The number that a text is.
pub(crate) fn number(text: &str) -> Option<f64> {
    Number::parse(text).map(Number::as_real)
}

/// A value as the query compares it. None for what is only looked for by key.
pub(crate) fn comparable<'v>(value: &'v Value<'_>) -> Option<Cow<'v, str>> {
    Some(match value {
        Value::String(text) => Cow::Borrowed(&**text),
        Value::Bool(bit) => Cow::Borrowed(if *bit { "true" } else { "false" }),
        Value::Int(int) => Cow::Owned(int.to_string()),
        Value::Double(double) => Cow::Owned(RealWriter::default().write(*double).to_owned()),
        Value::Empty | Value::Bytes(_) | Value::Array(_) | Value::Map(_) => return None,
    })
}

/// Whole numbers are compared to the last digit.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Number {
    Whole(i128),
    Real(f64),
}

impl Number {
    fn parse(text: &str) -> Option<Self> {
        let starts_like_one =
            text.as_bytes().first().is_some_and(|byte| byte.is_ascii_digit() || b"+-.".contains(byte));
        if !starts_like_one && text != "inf" {
            return None; // other words that would do are words
        }
        text.parse().map(Self::Whole).or_else(|_| text.parse().map(Self::Real)).ok()
    }

    fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => Some(a.cmp(&b)),
            (a, b) => a.as_real().partial_cmp(&b.as_real()),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "against a real number, the nearest will do")]
    const fn as_real(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Real(real) => real,
        }
    }
}

/// Whether a text in UTF-8 has another in it, without regard to case, of ASCII.
pub(crate) fn contains(text: &[u8], wanted: &str) -> bool {
    let wanted = wanted.as_bytes();
    let Some(first) = wanted.first() else { return true };
    let last = text.len().checked_sub(wanted.len());
    let starts = memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text);
    starts.take_while(|start| last.is_some_and(|last| *start <= last)).any(|start| {
        text.get(start..start + wanted.len()).is_some_and(|part| part.eq_ignore_ascii_case(wanted))
    })
}
