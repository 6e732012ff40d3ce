//! Parser: from the lexer's terms to a [`Query`].

use std::time::SystemTime;

use thiserror::Error;
use trace_model::{Nanos, SpanId, SpanKind, StatusCode, TraceId};

use super::{
    condition::{Condition, Query, Term},
    duration,
    fields::{self, Field, FieldType},
    lex::{self, RawTerm, Word},
    operator::Operator,
    value_predicate::ValuePredicate,
};

/// Terms of a query. Every trace is compared with each of them.
pub const MAX_TERMS: usize = 32;
/// Bytes of a query.
const MAX_LEN: usize = 4096;

/// A query that cannot be parsed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{problem}, at byte {at}")]
pub struct QueryError {
    /// Offset in the text, in bytes.
    pub at: usize,
    problem: String,
}

fn error(at: usize, problem: impl Into<String>) -> QueryError {
    QueryError { at, problem: problem.into() }
}

fn query(text: &str, now: Nanos) -> Result<Query, QueryError> {
    if text.len() > MAX_LEN {
        return Err(error(MAX_LEN, format!("a query has at most {MAX_LEN} bytes")));
    }
    let mut query = Query::default();
    for raw in lex::raw_terms(text) {
        if query.terms.len() == MAX_TERMS {
            return Err(error(raw.start, format!("a query has at most {MAX_TERMS} terms")));
        }
        add(&mut query, raw, now)?;
    }
    Ok(query)
}

impl Query {
    /// Parses the text form. `since=15m` is relative to the current time.
    ///
    /// # Errors
    /// [`QueryError`] with the position and the problem.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        query(text, SystemTime::now().into())
    }
}

fn add(query: &mut Query, raw: RawTerm, now: Nanos) -> Result<(), QueryError> {
    let RawTerm { start, negated, field, comparison } = raw;
    check_closed(&field)?;
    let Some((operator, value)) = comparison else {
        query.terms.push(Term { negated, condition: bare(field, start)? });
        return Ok(());
    };
    check_closed(&value)?;
    if field.text.is_empty() {
        return Err(error(start, "a field is missing before the operator"));
    }
    if value.text.is_empty() && !value.quoted {
        return Err(error(value.start, format!("a value is missing after {}", operator.as_str())));
    }
    let known = fields::find(&field.text).filter(|_| !field.quoted);
    let Some(known) = known else {
        let condition = Condition::Attribute(field.text, predicate(operator, value)?);
        query.terms.push(Term { negated, condition });
        return Ok(());
    };
    if !known.value_type.allows(operator) {
        return Err(error(start, unsupported_operator(known)));
    }
    if known.value_type == FieldType::Time {
        if negated {
            return Err(error(start, "since and until cannot be negated; use one instead of the other"));
        }
        let time = time(&value.text, now)
            .ok_or_else(|| error(value.start, "a time is written like 15m (ago) or 2026-11-24T13:00:00Z"))?;
        if known.name == "since" {
            query.from = time;
        } else {
            query.to = time;
        }
        return Ok(());
    }
    query.terms.push(term(known, operator, negated, value)?);
    Ok(())
}

fn check_closed(word: &Word) -> Result<(), QueryError> {
    if word.unclosed { Err(error(word.start, "the closing quote is missing")) } else { Ok(()) }
}

/// A bare word: a trace id, or a part of the span's name.
fn bare(word: Word, start: usize) -> Result<Condition, QueryError> {
    if !word.quoted && (word.text == "OR" || word.text == "||") {
        return Err(error(
            start,
            "OR is not supported: all terms must match. Run two queries, or use * in a value",
        ));
    }
    if word.text.is_empty() && !word.quoted {
        return Err(error(start, "a term is missing"));
    }
    if let Ok(id) = word.text.parse::<TraceId>() {
        return Ok(Condition::TraceId(id));
    }
    Ok(Condition::Name(ValuePredicate::new(Operator::Contains, word.text)))
}

fn unsupported_operator(field: &Field) -> String {
    let name = field.name;
    match field.value_type {
        FieldType::Text => format!("{name} cannot be ordered: compare it with = != ~ or !~"),
        FieldType::Status | FieldType::SpanKind | FieldType::Id => format!("compare {name} with = or !="),
        FieldType::Duration | FieldType::Count => format!("compare {name} with > >= < <= = or !="),
        FieldType::Time => format!("{name} takes a time: {name}=15m"),
    }
}

fn predicate(operator: Operator, value: Word) -> Result<ValuePredicate, QueryError> {
    if operator.is_ordered() && value.text.parse::<f64>().is_err() {
        return Err(error(value.start, format!("{} compares numbers only", operator.as_str())));
    }
    let pattern = !value.quoted && value.text.contains('*');
    let is_equality = matches!(operator, Operator::Equal | Operator::NotEqual);
    Ok(if pattern && is_equality {
        ValuePredicate::pattern(operator, value.text)
    } else {
        ValuePredicate::new(operator, value.text)
    })
}

fn term(field: &Field, operator: Operator, negated: bool, value: Word) -> Result<Term, QueryError> {
    let at = value.start;
    // For fields that are only compared for equality, `!=` is the negation of `=`.
    let is_negated = negated != (operator == Operator::NotEqual);
    let nanos = |value: &Word| {
        duration::parse(&value.text)
            .ok_or_else(|| error(at, "a duration is written like 50ms, 1.5s or 200us"))
    };
    let count = |value: &Word| value.text.parse().map_err(|_| error(at, "a count must be a whole number"));
    let plain = |condition| Term { negated, condition };
    Ok(match field.name {
        "service" => plain(Condition::Service(predicate(operator, value)?)),
        "name" | "operation" => plain(Condition::Name(predicate(operator, value)?)),
        "parent.service" => plain(Condition::ParentService(predicate(operator, value)?)),
        "parent.name" => plain(Condition::ParentName(predicate(operator, value)?)),
        "root" => plain(Condition::RootName(predicate(operator, value)?)),
        "root.service" => plain(Condition::RootService(predicate(operator, value)?)),
        "trace.service" => plain(Condition::TraceService(predicate(operator, value)?)),
        "duration" => plain(Condition::Duration(operator, nanos(&value)?)),
        "trace.duration" => plain(Condition::TraceDuration(operator, nanos(&value)?)),
        "trace.spans" => plain(Condition::TraceSpans(operator, count(&value)?)),
        "trace.errors" => plain(Condition::TraceErrors(operator, count(&value)?)),
        "status" => Term { negated: is_negated, condition: Condition::Status(status(&value)?) },
        "kind" => Term { negated: is_negated, condition: Condition::Kind(kind(&value)?) },
        "trace.id" => {
            let id = TraceId::parse_padded(&value.text).map_err(|cause| error(at, cause.to_string()))?;
            Term { negated: is_negated, condition: Condition::TraceId(id) }
        }
        _ => {
            let id = SpanId::parse_padded(&value.text).map_err(|cause| error(at, cause.to_string()))?;
            Term { negated: is_negated, condition: Condition::SpanId(id) }
        }
    })
}

fn status(value: &Word) -> Result<StatusCode, QueryError> {
    let all = [StatusCode::Error, StatusCode::Ok, StatusCode::Unset];
    let found = all.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(&value.text));
    found.ok_or_else(|| error(value.start, "status must be error, ok or unset"))
}

fn kind(value: &Word) -> Result<SpanKind, QueryError> {
    let found = (0..6).map(SpanKind::from_otlp).find(|kind| kind.as_str().eq_ignore_ascii_case(&value.text));
    let kinds = "kind must be server, client, internal, producer, consumer or unspecified";
    found.ok_or_else(|| error(value.start, kinds))
}

/// A time: a duration before now, or a timestamp.
fn time(text: &str, now: Nanos) -> Option<Nanos> {
    if let Some(ago) = duration::parse(text) {
        return Some(Nanos::from_unix(now.as_unix().saturating_sub(ago)));
    }
    let nanos = text.parse::<jiff::Timestamp>().ok()?.as_nanosecond();
    Some(Nanos::from_unix(u64::try_from(nanos.max(0)).unwrap_or(u64::MAX)))
}
