//! The query language: `service=users status=error duration>50ms http.route="/users"`.
//!
//! A query is a list of terms. All must match **one span** and its trace. A term is `field operator value`, or a bare
//! word that the span's name contains. Values with spaces are quoted; in quotes, write `\"` for `"` and `\\` for `\`.
//!
//! | field | meaning |
//! |---|---|
//! | `service`, `name` (or `operation`) | service and name of the span |
//! | `status` | `error`, `ok`, `unset` |
//! | `kind` | `server`, `client`, `internal`, `producer`, `consumer`, `unspecified` |
//! | `duration` | duration of the span, with a unit: `50ms`, `1.5s`, `200us` |
//! | `span.id` | 16 hex digits |
//! | `parent.service`, `parent.name` | service and name of the parent span |
//! | `root` (or `root.name`), `root.service` | name and service of the trace's root span |
//! | `trace.duration` | duration of the trace, from its earliest start to its latest end |
//! | `trace.spans`, `trace.errors` | number of spans, of failed spans |
//! | `trace.service` | service of any span of the trace |
//! | `trace.id` | 32 hex digits; so is a bare word of 32 hex digits |
//! | `since`, `until` | when the trace starts: `15m` ago, or `2026-11-24T13:00:00Z` |
//! | anything else | an attribute of the span or its resource |
//!
//! | operator | meaning |
//! |---|---|
//! | `=` (or `==`, and `:` after a field of this table) | equal, case-sensitive; numbers by value |
//! | `=` with `*` in an unquoted value | `*` matches any text: `http.route=/users/*`; `key=*` matches every value |
//! | `!=` | not equal; the attribute must be present |
//! | `~`, `!~` | contains, does not contain; case-insensitive |
//! | `>` `>=` `<` `<=` | compares numbers and durations |
//! | `-` before a term (or `NOT`) | the term does not match: `-status=error`, `-http.route=*` |
//!
//! # From the text to the bytes of a span
//!
//! A condition takes one form in each layer, and each is made from the one before:
//!
//! 1. [`Condition`], the parsed form: a field with a [`ValuePredicate`], an operator with a number, or an id.
//! 2. A planned condition (`search::plan`), made for one state of the index: a name becomes the set of matching name
//!    ids, an attribute an `AttributeCondition`.
//! 3. `attributes::TokenCandidates`: the attribute tokens that satisfy the predicate, as far as the dictionary tells.
//! 4. `attributes::columns::ColumnPredicate`: the predicate on the values that the dictionary has no room for.
//!
//! What these leave undecided is decided by the [`ValuePredicate`] itself, on the attributes of the stored span.

mod condition;
mod duration;
pub(crate) mod fields;
pub(crate) mod lex;
mod operator;
mod parse;
mod pattern;
mod real_writer;
mod value_predicate;

pub use condition::{Condition, Query, Term};
pub use duration::parse as parse_duration;
pub use operator::Operator;
pub use parse::{MAX_TERMS, QueryError};
pub(crate) use real_writer::RealWriter;
pub use value_predicate::ValuePredicate;
pub(crate) use value_predicate::{comparable_text, contains_ignoring_case, number_of, parse_number};
