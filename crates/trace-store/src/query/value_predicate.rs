//! Predicates on texts and attribute values.

use std::{borrow::Cow, cmp::Ordering};

use trace_model::Value;

use super::{operator::Operator, pattern::Pattern, real_writer::RealWriter};

/// An operator with the value on its right side.
#[derive(Debug, Clone, PartialEq)]
pub struct ValuePredicate {
    operator: Operator,
    operand: String,
    number: Option<Number>,
    /// Set when the operand has wildcards.
    pattern: Option<Pattern>,
}

/// A substring whose presence decides the predicate for most texts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Needle<'t> {
    pub(crate) text: &'t str,
    /// Whether all texts without the needle match; otherwise none of them does.
    pub(crate) matches_without: bool,
    /// Whether all texts with the needle match, or none. `None` where each has to be compared.
    pub(crate) matches_with: Option<bool>,
}

impl ValuePredicate {
    pub fn new(operator: Operator, operand: impl Into<String>) -> Self {
        let operand = operand.into();
        Self { operator, number: Number::parse(&operand), operand, pattern: None }
    }

    /// Matches exactly this text, and numbers of the same value.
    pub fn equal(operand: impl Into<String>) -> Self {
        Self::new(Operator::Equal, operand)
    }

    /// With `*` as wildcard.
    pub(super) fn pattern(operator: Operator, operand: String) -> Self {
        let pattern = Pattern::new(&operand);
        Self { operator, operand, number: None, pattern }
    }

    /// Whether every value matches.
    pub(crate) fn matches_any(&self) -> bool {
        self.operator == Operator::Equal && self.pattern.as_ref().is_some_and(Pattern::matches_any)
    }

    /// The only text that matches, apart from other spellings of the same number.
    pub(crate) fn exact_text(&self) -> Option<&str> {
        (self.operator == Operator::Equal && self.pattern.is_none()).then_some(&*self.operand)
    }

    /// Whether it compares order, and so numbers.
    pub(crate) const fn is_ordered(&self) -> bool {
        self.operator.is_ordered()
    }

    /// Whether it requires another value.
    pub(crate) fn is_inequality(&self) -> bool {
        self.operator == Operator::NotEqual
    }

    /// Whether numbers are compared by value, and not as texts.
    pub(crate) const fn is_numeric(&self) -> bool {
        self.number.is_some() && !matches!(self.operator, Operator::Contains | Operator::NotContains)
    }

    /// The predicate for texts in lower case.
    pub(crate) fn to_lowercase(&self) -> Self {
        let operand = self.operand.to_ascii_lowercase();
        let pattern = self.pattern.as_ref().and_then(|_| Pattern::new(&operand));
        Self { operator: self.operator, operand, number: self.number, pattern }
    }

    /// Whether it matches a text if and only if [`Self::to_lowercase`] matches that text in lower case. Otherwise the
    /// other matches wherever this does; for an inequality, this matches wherever the other does.
    pub(crate) fn ignores_case(&self) -> bool {
        match self.operator {
            Operator::Contains | Operator::NotContains => true,
            Operator::Equal | Operator::NotEqual => {
                self.pattern.is_some() && !self.operand.bytes().any(|byte| byte.is_ascii_alphabetic())
            }
            _ => false,
        }
    }

    /// The longest substring that decides most texts, if there is one. It is compared regardless of case if the
    /// predicate ignores case, and for texts in lower case.
    pub(crate) fn needle(&self) -> Option<Needle<'_>> {
        let (text, matches_without, matches_with) = match (self.operator, &self.pattern) {
            (Operator::Contains, _) => (&*self.operand, false, Some(true)),
            (Operator::NotContains, _) => (&*self.operand, true, Some(false)),
            (Operator::Equal | Operator::NotEqual, Some(pattern)) => {
                let matches_with = pattern.is_one_part().then_some(!self.is_inequality());
                (pattern.longest_part(), self.is_inequality(), matches_with)
            }
            (Operator::NotEqual, None) if self.number.is_none() => (&*self.operand, true, None),
            _ => return None,
        };
        (!text.is_empty()).then_some(Needle { text, matches_without, matches_with })
    }

    /// Whether a value may match, given the range of all numbers among the values. Only numbers match an ordered
    /// operator.
    pub(crate) fn may_match_between(&self, numbers: Option<(f64, f64)>) -> bool {
        let Some(operand) = self.number.filter(|_| self.operator.is_ordered()) else { return true };
        let Some((min, max)) = numbers else { return false };
        // Not strict, because different integers may be rounded to the same number.
        match self.operator {
            Operator::Greater | Operator::GreaterOrEqual => max >= operand.as_f64(),
            _ => min <= operand.as_f64(),
        }
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        self.matches_utf8(text.as_bytes())
    }

    /// [`Self::matches`] for a text as UTF-8 bytes.
    pub(crate) fn matches_utf8(&self, text: &[u8]) -> bool {
        match (self.operator, &self.pattern) {
            (Operator::Contains, _) => contains_ignoring_case(text, &self.operand),
            (Operator::NotContains, _) => !contains_ignoring_case(text, &self.operand),
            (Operator::Equal, Some(pattern)) => pattern.matches(text),
            (Operator::NotEqual, Some(pattern)) => !pattern.matches(text),
            (Operator::Equal, None) if text == self.operand.as_bytes() => true,
            _ => {
                let number = |text| Number::parse(std::str::from_utf8(text).ok()?);
                match self.number.and_then(|operand| number(text)?.compare(operand)) {
                    Some(order) => self.operator.matches_ordering(order),
                    None => self.operator == Operator::NotEqual && text != self.operand.as_bytes(),
                }
            }
        }
    }

    /// Bytes, arrays and maps match only `key=*`.
    pub(crate) fn matches_value(&self, value: &Value<'_>) -> bool {
        let number = match value {
            Value::Int(int) => Some(Number::Integer(i128::from(*int))),
            Value::Double(double) => Some(Number::Float(*double)),
            _ => None,
        };
        match (number, self.number) {
            (Some(number), Some(operand)) if self.is_numeric() => {
                number.compare(operand).is_some_and(|order| self.operator.matches_ordering(order))
            }
            _ => match comparable_text(value) {
                Some(text) => self.matches(&text),
                None => self.matches_any(),
            },
        }
    }
}

/// The number that a value is, or that its text represents.
pub(crate) fn number_of(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Int(int) => Some(Number::Integer(i128::from(*int)).as_f64()),
        // NaN compares with nothing.
        Value::Double(double) => (!double.is_nan()).then_some(*double),
        Value::String(text) => parse_number(text),
        Value::Empty | Value::Bool(_) | Value::Bytes(_) | Value::Array(_) | Value::Map(_) => None,
    }
}

/// The number that a text represents.
pub(crate) fn parse_number(text: &str) -> Option<f64> {
    Number::parse(text).map(Number::as_f64)
}

/// The text that a value is compared by. `None` for types that match only `key=*`.
pub(crate) fn comparable_text<'v>(value: &'v Value<'_>) -> Option<Cow<'v, str>> {
    Some(match value {
        Value::String(text) => Cow::Borrowed(&**text),
        Value::Bool(bit) => Cow::Borrowed(if *bit { "true" } else { "false" }),
        Value::Int(int) => Cow::Owned(int.to_string()),
        Value::Double(double) => Cow::Owned(RealWriter::default().write(*double).to_owned()),
        Value::Empty | Value::Bytes(_) | Value::Array(_) | Value::Map(_) => return None,
    })
}

/// A number. Integers are compared exactly.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Number {
    Integer(i128),
    Float(f64),
}

impl Number {
    fn parse(text: &str) -> Option<Self> {
        let starts_like_a_number =
            text.as_bytes().first().is_some_and(|byte| byte.is_ascii_digit() || b"+-.".contains(byte));
        if !starts_like_a_number && text != "inf" {
            return None; // `parse` accepts more words than these, such as `infinity`
        }
        text.parse().map(Self::Integer).or_else(|_| text.parse().map(Self::Float)).ok()
    }

    fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => Some(a.cmp(&b)),
            (a, b) => a.as_f64().partial_cmp(&b.as_f64()),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "compared with a float, the nearest float will do")]
    const fn as_f64(self) -> f64 {
        match self {
            Self::Integer(whole) => whole as f64,
            Self::Float(real) => real,
        }
    }
}

/// Whether a UTF-8 text contains another, regardless of ASCII case.
pub(crate) fn contains_ignoring_case(text: &[u8], needle: &str) -> bool {
    let needle = needle.as_bytes();
    let Some(first) = needle.first() else { return true };
    let last = text.len().checked_sub(needle.len());
    let starts = memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text);
    starts.take_while(|start| last.is_some_and(|last| *start <= last)).any(|start| {
        text.get(start..start + needle.len()).is_some_and(|part| part.eq_ignore_ascii_case(needle))
    })
}
