//! The text query: `service=users status=error duration>50ms http.route="/users"`.
//!
//! Terms stand side by side and all must hold **of one span** and of its trace. A term is `field operator value`, or a
//! bare word that the span's name contains. A value with spaces in it is quoted; `\"` and `\\` stand for themselves.
//!
//! | field | what it is |
//! |---|---|
//! | `service`, `name` (or `operation`) | of the span |
//! | `status` | `error`, `ok`, `unset` |
//! | `kind` | `server`, `client`, `internal`, `producer`, `consumer`, `unspecified` |
//! | `duration` | the span's, with a unit: `50ms`, `1.5s`, `200us` |
//! | `span.id` | 16 hex digits |
//! | `parent.service`, `parent.name` | of the span above it |
//! | `root` (or `root.name`), `root.service` | of the trace's root span |
//! | `trace.duration`, `trace.spans`, `trace.errors` | of the trace |
//! | `trace.service` | of any span of the trace |
//! | `trace.id` | 32 hex digits; so is a bare word of 32 hex digits |
//! | `since`, `until` | when the trace starts: `15m` ago, or `2026-11-24T13:00:00Z` |
//! | anything else | an attribute of the span or its resource |
//!
//! | operator | what it says |
//! |---|---|
//! | `=` (or `==`, and `:` after a field of this table) | the same, to the letter; numbers by value. `*` in an unquoted value stands for anything: `http.route=/users/*`; `key=*` asks only that it is there |
//! | `!=` | another value; an attribute must be there to be another |
//! | `~`, `!~` | contains, does not; upper and lower case are the same |
//! | `>` `>=` `<` `<=` | numbers and durations |
//! | `-` before a term (or `NOT`) | the term does not hold: `-status=error`, `-http.route=*` |

mod duration;
pub(crate) mod fields;
pub(crate) mod lex;
mod parse;
mod pattern;
mod real;
mod text;

use std::cmp::Ordering;

pub use duration::parse as parse_duration;
pub use parse::{MAX_TERMS, QueryError};
pub(crate) use real::RealWriter;
pub use text::Text;
pub(crate) use text::{comparable, contains, number, number_of};
use trace_model::{Nanos, SpanId, SpanKind, StatusCode, TraceId};

/// How a field and a value are to be to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Is,
    IsNot,
    Contains,
    Lacks,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    pub(crate) const ALL: [Self; 8] = [
        Self::Is,
        Self::IsNot,
        Self::Contains,
        Self::Lacks,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Less,
        Self::LessOrEqual,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Is => "=",
            Self::IsNot => "!=",
            Self::Contains => "~",
            Self::Lacks => "!~",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// In words, for the menu.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::Is => "is",
            Self::IsNot => "is another",
            Self::Contains => "contains",
            Self::Lacks => "does not contain",
            Self::Less => "less than",
            Self::LessOrEqual => "at most",
            Self::Greater => "more than",
            Self::GreaterOrEqual => "at least",
        }
    }

    /// Whether it asks for order, and so for numbers.
    pub(crate) const fn is_ordered(self) -> bool {
        matches!(self, Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual)
    }

    pub(crate) fn of_order(self, order: Ordering) -> bool {
        match self {
            Self::Is => order.is_eq(),
            Self::IsNot => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Contains | Self::Lacks => false,
        }
    }
}

/// One condition, or that it does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    pub negated: bool,
    pub condition: Condition,
}

impl From<Condition> for Term {
    fn from(condition: Condition) -> Self {
        Self { negated: false, condition }
    }
}

/// What a span, or its trace, may be like.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    Service(Text),
    Name(Text),
    Status(StatusCode),
    Kind(SpanKind),
    /// In nanoseconds.
    Duration(Operator, u64),
    SpanId(SpanId),
    ParentService(Text),
    ParentName(Text),
    Attribute(String, Text),
    TraceId(TraceId),
    /// In nanoseconds.
    TraceDuration(Operator, u64),
    TraceSpans(Operator, u64),
    TraceErrors(Operator, u64),
    TraceService(Text),
    RootService(Text),
    RootName(Text),
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
    /// Reads the text form; `since=15m` is seen from now.
    ///
    /// # Errors
    /// [`QueryError`] says where the text makes no sense, and why.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let now = std::time::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
        parse::query(text, Nanos::from_unix(u64::try_from(now).unwrap_or(u64::MAX)))
    }
}
