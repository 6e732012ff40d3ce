//! The text form of a query.

use std::{iter::Peekable, str::CharIndices};

use thiserror::Error;
use trace_model::{SpanKind, StatusCode};

use super::{Operator, Term};

/// More terms than anybody types.
const MAX_TERMS: usize = 32;

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

pub(super) fn terms(text: &str) -> Result<Vec<Term>, QueryError> {
    let mut chars = text.char_indices().peekable();
    let mut terms = Vec::new();
    loop {
        while chars.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        let Some(&(at, _)) = chars.peek() else { return Ok(terms) };
        if terms.len() == MAX_TERMS {
            return Err(error(at, format!("more than {MAX_TERMS} terms")));
        }
        let field = word(&mut chars)?;
        let term = match operator(&mut chars) {
            None => Term::Name(Operator::Contains, field),
            Some(operator) => {
                let value_at = chars.peek().map_or(text.len(), |(at, _)| *at);
                term(&field, operator, word(&mut chars)?, at, value_at)?
            }
        };
        terms.push(term);
    }
}

fn is_operator(c: char) -> bool {
    matches!(c, '=' | '!' | '<' | '>' | '~')
}

/// Letters up to a space or an operator, or anything in quotes.
fn word(chars: &mut Peekable<CharIndices<'_>>) -> Result<String, QueryError> {
    let mut word = String::new();
    let Some((start, _)) = chars.next_if(|(_, c)| *c == '"') else {
        while let Some((_, c)) = chars.next_if(|(_, c)| !c.is_whitespace() && !is_operator(*c)) {
            word.push(c);
        }
        return Ok(word);
    };
    while let Some((_, c)) = chars.next() {
        match c {
            '"' => return Ok(word),
            '\\' => word.extend(chars.next().map(|(_, c)| c)),
            c => word.push(c),
        }
    }
    Err(error(start, "a quote that does not end"))
}

fn operator(chars: &mut Peekable<CharIndices<'_>>) -> Option<Operator> {
    let mut follows = |c: char| chars.next_if(|(_, next)| *next == c).is_some();
    if follows('!') {
        return follows('=').then_some(Operator::IsNot);
    }
    if follows('>') {
        return Some(if follows('=') { Operator::GreaterOrEqual } else { Operator::Greater });
    }
    if follows('<') {
        return Some(if follows('=') { Operator::LessOrEqual } else { Operator::Less });
    }
    if follows('=') {
        follows('='); // both spellings are at home somewhere
        return Some(Operator::Is);
    }
    follows('~').then_some(Operator::Contains)
}

fn term(
    field: &str,
    operator: Operator,
    value: String,
    at: usize,
    value_at: usize,
) -> Result<Term, QueryError> {
    if field.is_empty() {
        return Err(error(at, "a field is missing before the operator"));
    }
    let ordered = !matches!(operator, Operator::Is | Operator::IsNot | Operator::Contains);
    let equality = |of: &str| match operator {
        Operator::Is | Operator::IsNot => Ok(()),
        _ => Err(error(at, format!("{of} is compared with = or !="))),
    };
    match field {
        "service" | "name" | "operation" if ordered => Err(error(at, format!("{field} has no order"))),
        "service" => Ok(Term::Service(operator, value)),
        "name" | "operation" => Ok(Term::Name(operator, value)),
        "status" => {
            equality("status")?;
            let status = [StatusCode::Error, StatusCode::Ok, StatusCode::Unset];
            let found = status.into_iter().find(|status| status.as_str() == value);
            let found = found.ok_or_else(|| error(value_at, "status is error, ok or unset"))?;
            Ok(Term::Status(operator, found))
        }
        "kind" => {
            equality("kind")?;
            let found = (0..6).map(SpanKind::from_otlp).find(|kind| kind.as_str() == value);
            let kinds = "kind is server, client, internal, producer, consumer or unspecified";
            Ok(Term::Kind(operator, found.ok_or_else(|| error(value_at, kinds))?))
        }
        "duration" if operator == Operator::Contains => Err(error(at, "duration contains nothing")),
        "duration" => {
            let nanos =
                duration(&value).ok_or_else(|| error(value_at, "a duration is like 50ms, 1.5s or 200us"))?;
            Ok(Term::Duration(operator, nanos))
        }
        _ => Ok(Term::Attribute(field.to_owned(), operator, value)),
    }
}

/// `50ms`, `1.5s`, `200us`, `200µs`, `3m`, `2h`, `10ns`.
pub fn duration(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(digits);
    let scale = match unit {
        "ns" => 1.0,
        "us" | "µs" | "μs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "m" => 60e9,
        "h" => 3600e9,
        _ => return None,
    };
    let nanos = number.parse::<f64>().ok()? * scale;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "no sign was read; casts saturate"
    )]
    Some(nanos.round() as u64)
}
