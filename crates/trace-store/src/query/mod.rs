//! The text query: `service=users status=error duration>50ms http.route="/users"`.
//!
//! Terms stand side by side and all must hold **of one span**. A term is `field operator value`, or a bare word that
//! the span's name contains. A value with spaces or operators in it is quoted; `\"` and `\\` stand for themselves.
//!
//! | field | what it is |
//! |---|---|
//! | `service` | the service's name |
//! | `name` (or `operation`) | the span's name |
//! | `status` | `error`, `ok`, `unset` |
//! | `kind` | `server`, `client`, `internal`, `producer`, `consumer`, `unspecified` |
//! | `duration` | the span's, with a unit: `50ms`, `1.5s`, `200us` |
//! | anything else | an attribute of the span or its resource |
//!
//! Operators: `=` `!=` `>` `>=` `<` `<=`, and `~` for "contains". `attribute!=x` holds of spans that have the attribute.

mod parse;

use std::cmp::Ordering;

pub use parse::{QueryError, duration as parse_duration};
use trace_model::{Nanos, SpanKind, StatusCode, Value};

/// How a field and a value are to be to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Is,
    IsNot,
    Contains,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    pub(crate) fn of_order(self, order: Ordering) -> bool {
        match self {
            Self::Is => order.is_eq(),
            Self::IsNot => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Contains => false,
        }
    }

    /// Of texts: by number when both are numbers, else by letters. Order is for numbers alone.
    pub(crate) fn of_text(self, text: &str, wanted: &str) -> bool {
        match self {
            Self::Is if text == wanted => true,
            Self::Contains => contains(text, wanted),
            _ => match (text.parse::<f64>(), wanted.parse::<f64>()) {
                (Ok(number), Ok(bound)) => {
                    number.partial_cmp(&bound).is_some_and(|order| self.of_order(order))
                }
                _ => self == Self::IsNot && text != wanted,
            },
        }
    }
}

/// Without regard to case, of ASCII.
fn contains(text: &str, wanted: &str) -> bool {
    wanted.is_empty()
        || text.as_bytes().windows(wanted.len()).any(|window| window.eq_ignore_ascii_case(wanted.as_bytes()))
}

/// One condition on a span.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    Service(Operator, String),
    Name(Operator, String),
    Status(Operator, StatusCode),
    Kind(Operator, SpanKind),
    /// In nanoseconds.
    Duration(Operator, u64),
    Attribute(String, Operator, String),
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub terms: Vec<Term>,
    /// The start of the trace lies between these, both included.
    pub from: Nanos,
    pub to: Nanos,
}

impl Default for Query {
    /// Everything.
    fn default() -> Self {
        Self { terms: Vec::new(), from: Nanos::ZERO, to: Nanos::MAX }
    }
}

impl Query {
    /// Reads the text form.
    ///
    /// # Errors
    /// [`QueryError`] says where the text makes no sense, and why.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        Ok(Self { terms: parse::terms(text)?, ..Self::default() })
    }
}

/// A value as the query compares it. None for arrays and maps, which are only looked for by key.
pub(crate) fn comparable(value: &Value<'_>) -> Option<String> {
    match value {
        Value::String(text) => Some(text.to_string()),
        Value::Bool(bit) => Some(bit.to_string()),
        Value::Int(int) => Some(int.to_string()),
        Value::Double(double) => Some(double.to_string()),
        Value::Empty | Value::Bytes(_) | Value::Array(_) | Value::Map(_) => None,
    }
}
