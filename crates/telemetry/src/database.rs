//! Spans of database calls, after the stable database conventions.

use std::error::Error;

use opentelemetry::KeyValue;
use tracing::Span;
use tracing::field::Empty;

use crate::{bridge, errors};

/// One statement, said in the words of the conventions. Everything is borrowed: it lives as long as the call.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'a> {
    /// `db.system.name`: `sqlite`, `postgresql`
    pub system: &'a str,
    /// `db.namespace`: the database's name
    pub namespace: &'a str,
    /// `db.operation.name`: `SELECT`
    pub operation: &'a str,
    /// `db.collection.name`: the main table
    pub collection: &'a str,
    /// `db.query.text`: with placeholders, never with values
    pub text: &'a str,
}

impl Statement<'_> {
    /// The client span of this statement, named `SELECT users`.
    pub fn span(&self) -> Span {
        let summary = format!("{} {}", self.operation, self.collection);
        tracing::info_span!(
            target: "telemetry::database",
            "db",
            otel.name = summary.as_str(),
            otel.kind = "client",
            db.system.name = self.system,
            db.namespace = self.namespace,
            db.operation.name = self.operation,
            db.collection.name = self.collection,
            db.query.text = self.text,
            db.query.summary = summary.as_str(),
            db.response.returned_rows = Empty,
            db.response.status_code = Empty,
            error.type = Empty,
        )
    }
}

/// Records how a statement ended: the rows that it returned, or its error with the database's own code.
pub fn record_outcome(span: &Span, rows: Option<u64>, error: Option<(&dyn Error, Option<&str>)>) {
    if let Some(rows) = rows {
        span.record("db.response.returned_rows", i64::try_from(rows).unwrap_or(i64::MAX));
    }
    let Some((error, code)) = error else { return };
    if let Some(code) = code {
        span.record("db.response.status_code", code);
    }
    bridge::set_attribute(span, KeyValue::new("error.type", code.unwrap_or("_OTHER").to_owned()));
    let message = errors::with_sources(error);
    errors::exception(span, "database error", &message);
    bridge::set_error(span, &message);
}
