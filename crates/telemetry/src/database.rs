//! Spans of database calls, after the stable database conventions.

use std::borrow::Cow;
use std::error::Error;

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry::{Context, KeyValue};
use tracing::Span;

use crate::errors;
use crate::intern::Few;
use crate::span::{self, Seed, with_recorded};

thread_local! {
    /// A program has few statements.
    static TEXTS: Few = const { Few::new() };
}

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
    /// `server.address`, `server.port`; `None` for a database inside of the process
    pub server: Option<(&'a str, u16)>,
}

impl Statement<'_> {
    /// The client span of this statement, named `SELECT users`, below the current span.
    pub fn span(&self) -> Span {
        let Some(mut begun) = span::begin(Context::current()) else { return Span::none() };
        // Nothing is carried to a database, so that a span which nobody will see need not exist.
        if !begun.is_recorded() {
            return Span::none();
        }
        let (name, attributes) = self.describe(begun.attributes());
        let seed = Seed { begun, name, kind: SpanKind::Client, by_hand: true, attributes, link: None };
        seed.plant(|| tracing::info_span!(target: "telemetry::database", "statement"))
    }

    fn describe(&self, mut attributes: Vec<KeyValue>) -> (Cow<'static, str>, Vec<KeyValue>) {
        let summary = [self.operation, " ", self.collection].concat();
        for (key, value) in [
            ("db.system.name", self.system),
            ("db.namespace", self.namespace),
            ("db.operation.name", self.operation),
            ("db.collection.name", self.collection),
            ("db.query.text", self.text),
            ("db.query.summary", &summary),
        ] {
            attributes.push(KeyValue::new(key, TEXTS.with(|texts| texts.value(value))));
        }
        if let Some((address, port)) = self.server {
            attributes.push(KeyValue::new("server.address", address.to_owned()));
            attributes.push(KeyValue::new("server.port", i64::from(port)));
        }
        (summary.into(), attributes)
    }
}

/// Records how a statement ended, now: the rows that it returned, or its error with the database's own code.
pub fn record_outcome(span: &Span, rows: Option<u64>, error: Option<(&(dyn Error + 'static), Option<&str>)>) {
    let is_recorded = with_recorded(span, |recorded| {
        recorded.end();
        if let Some(rows) = rows {
            let rows = i64::try_from(rows).unwrap_or(i64::MAX);
            recorded.set_attribute(KeyValue::new("db.response.returned_rows", rows));
        }
        recorded.finished.is_some()
    });
    // An error that nobody will see is not put into words.
    let Some((error, code)) = error.filter(|_| is_recorded == Some(true)) else { return };
    let message = errors::with_sources(error);
    errors::exception(span, "database", message.clone());
    with_recorded(span, |recorded| {
        if let Some(code) = code {
            recorded.set_attribute(KeyValue::new("db.response.status_code", code.to_owned()));
        }
        recorded.set_attribute(KeyValue::new("error.type", code.unwrap_or("_OTHER").to_owned()));
        recorded.set_status(Status::error(message));
    });
}
