//! From the pieces of a query to its terms.

use thiserror::Error;
use trace_model::{Nanos, SpanId, SpanKind, StatusCode, TraceId};

use super::{
    Condition, Operator, Query, Term, Text, duration,
    fields::{self, Field, Kind},
    lex::{self, Piece, Word},
};

/// More terms than anybody types; every trace is held against each of them.
pub const MAX_TERMS: usize = 32;
/// Bytes.
const MAX_LEN: usize = 4096;

/// A query that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{problem}, at character {at}")]
pub struct QueryError {
    /// Where in the text, in bytes.
    pub at: usize,
    problem: String,
}

fn error(at: usize, problem: impl Into<String>) -> QueryError {
    QueryError { at, problem: problem.into() }
}

pub(super) fn query(text: &str, now: Nanos) -> Result<Query, QueryError> {
    if text.len() > MAX_LEN {
        return Err(error(MAX_LEN, format!("a query is at most {MAX_LEN} bytes long")));
    }
    let mut query = Query::default();
    for piece in lex::pieces(text) {
        if query.terms.len() == MAX_TERMS {
            return Err(error(piece.start, format!("more than {MAX_TERMS} terms")));
        }
        add(&mut query, piece, now)?;
    }
    Ok(query)
}

fn add(query: &mut Query, piece: Piece, now: Nanos) -> Result<(), QueryError> {
    let Piece { start, negated, field, comparison } = piece;
    closed(&field)?;
    let Some((operator, value)) = comparison else {
        query.terms.push(Term { negated, condition: bare(field, start)? });
        return Ok(());
    };
    closed(&value)?;
    if field.text.is_empty() {
        return Err(error(start, "a field is missing before the operator"));
    }
    if value.text.is_empty() && !value.quoted {
        return Err(error(value.start, format!("a value is missing after {}", operator.as_str())));
    }
    let known = fields::find(&field.text).filter(|_| !field.quoted);
    let Some(known) = known else {
        let condition = Condition::Attribute(field.text, text(operator, value)?);
        query.terms.push(Term { negated, condition });
        return Ok(());
    };
    if !known.kind.allows(operator) {
        return Err(error(start, refusal(known)));
    }
    if known.kind == Kind::Time {
        if negated {
            return Err(error(start, "since and until are not negated; use the one or the other"));
        }
        let time = time(&value.text, now)
            .ok_or_else(|| error(value.start, "a time is like 15m (ago) or 2026-11-24T13:00:00Z"))?;
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

fn closed(word: &Word) -> Result<(), QueryError> {
    if word.open { Err(error(word.start, "a quote that does not end")) } else { Ok(()) }
}

/// A word alone is looked for in names; an id of a trace is an id of a trace.
fn bare(word: Word, start: usize) -> Result<Condition, QueryError> {
    if !word.quoted && (word.text == "OR" || word.text == "||") {
        return Err(error(start, "there is no OR: all terms must hold. Ask twice, or use * in a value"));
    }
    if word.text.is_empty() && !word.quoted {
        return Err(error(start, "a term is missing"));
    }
    if let Ok(id) = word.text.parse::<TraceId>() {
        return Ok(Condition::TraceId(id));
    }
    Ok(Condition::Name(Text::new(Operator::Contains, word.text)))
}

fn refusal(field: &Field) -> String {
    let name = field.name;
    match field.kind {
        Kind::Text => format!("{name} has no order: it is compared with = != ~ or !~"),
        Kind::Status | Kind::Role | Kind::Id => format!("{name} is compared with = or !="),
        Kind::Duration | Kind::Count => format!("{name} is compared with > >= < <= = or !="),
        Kind::Time => format!("{name} takes a time: {name}=15m"),
    }
}

fn text(operator: Operator, value: Word) -> Result<Text, QueryError> {
    if operator.is_ordered() && value.text.parse::<f64>().is_err() {
        return Err(error(value.start, format!("{} compares numbers", operator.as_str())));
    }
    let pattern = !value.quoted && value.text.contains('*');
    let is_equality = matches!(operator, Operator::Is | Operator::IsNot);
    Ok(if pattern && is_equality {
        Text::pattern(operator, value.text)
    } else {
        Text::new(operator, value.text)
    })
}

fn term(field: &Field, operator: Operator, negated: bool, value: Word) -> Result<Term, QueryError> {
    let at = value.start;
    // `!=` of what can only be the same or not is the negation of `=`.
    let other = negated != (operator == Operator::IsNot);
    let nanos = |value: &Word| {
        duration::parse(&value.text).ok_or_else(|| error(at, "a duration is like 50ms, 1.5s or 200us"))
    };
    let count = |value: &Word| value.text.parse().map_err(|_| error(at, "a count is a whole number"));
    let plain = |condition| Term { negated, condition };
    Ok(match field.name {
        "service" => plain(Condition::Service(text(operator, value)?)),
        "name" | "operation" => plain(Condition::Name(text(operator, value)?)),
        "parent.service" => plain(Condition::ParentService(text(operator, value)?)),
        "parent.name" => plain(Condition::ParentName(text(operator, value)?)),
        "root" => plain(Condition::RootName(text(operator, value)?)),
        "root.service" => plain(Condition::RootService(text(operator, value)?)),
        "trace.service" => plain(Condition::TraceService(text(operator, value)?)),
        "duration" => plain(Condition::Duration(operator, nanos(&value)?)),
        "trace.duration" => plain(Condition::TraceDuration(operator, nanos(&value)?)),
        "trace.spans" => plain(Condition::TraceSpans(operator, count(&value)?)),
        "trace.errors" => plain(Condition::TraceErrors(operator, count(&value)?)),
        "status" => Term { negated: other, condition: Condition::Status(status(&value)?) },
        "kind" => Term { negated: other, condition: Condition::Kind(kind(&value)?) },
        "trace.id" => {
            let id = TraceId::parse_padded(&value.text).map_err(|cause| error(at, cause.to_string()))?;
            Term { negated: other, condition: Condition::TraceId(id) }
        }
        _ => {
            let id = SpanId::parse_padded(&value.text).map_err(|cause| error(at, cause.to_string()))?;
            Term { negated: other, condition: Condition::SpanId(id) }
        }
    })
}

fn status(value: &Word) -> Result<StatusCode, QueryError> {
    let all = [StatusCode::Error, StatusCode::Ok, StatusCode::Unset];
    let found = all.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(&value.text));
    found.ok_or_else(|| error(value.start, "status is error, ok or unset"))
}

fn kind(value: &Word) -> Result<SpanKind, QueryError> {
    let found = (0..6).map(SpanKind::from_otlp).find(|kind| kind.as_str().eq_ignore_ascii_case(&value.text));
    let kinds = "kind is server, client, internal, producer, consumer or unspecified";
    found.ok_or_else(|| error(value.start, kinds))
}

/// So long ago, or at that time.
fn time(text: &str, now: Nanos) -> Option<Nanos> {
    if let Some(ago) = duration::parse(text) {
        return Some(Nanos::from_unix(now.as_unix().saturating_sub(ago)));
    }
    let nanos = text.parse::<jiff::Timestamp>().ok()?.as_nanosecond();
    Some(Nanos::from_unix(u64::try_from(nanos.max(0)).unwrap_or(u64::MAX)))
}
