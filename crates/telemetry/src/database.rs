//! Spans of database calls, after the stable database conventions.

use std::error::Error;

use opentelemetry::Context;
use opentelemetry::trace::SpanKind;
use tracing::Span;

use crate::otlp::{AttributeCache, Attributes, CachedAttributes, SpanData};
use crate::span::{self, End, with_open_span};
use crate::{error_chain, exceptions};

/// One statement, attributes in the words of the conventions. Everything is borrowed: it lives as long as the call.
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
        let Some(mut prepared) = span::prepare(Context::current()) else { return Span::none() };
        // Nothing is carried to a database, so that a span which nobody will see need not exist.
        if !prepared.is_recording() {
            return Span::none();
        }
        if let Some(data) = prepared.data() {
            self.describe(data);
        }
        prepared
            .start_prepared(End::Explicit, || tracing::info_span!(target: "telemetry::database", "statement"))
    }

    fn describe(&self, span: &mut SpanData) {
        span.kind = SpanKind::Client;
        span.set_name(&[self.operation, " ", self.collection]);
        let attributes = &mut span.attributes;
        attributes.add_cached(&TABLES, self);
        attributes.add("db.query.text", self.text);
    }
}

thread_local! {
    static TABLES: AttributeCache<Table> = const { AttributeCache::new() };
}

/// What is alike of statements that do the same to the same table.
#[derive(Debug)]
pub(crate) struct Table {
    system: Box<str>,
    namespace: Box<str>,
    operation: Box<str>,
    collection: Box<str>,
    server: Option<(Box<str>, u16)>,
}

/// All but its text.
impl CachedAttributes for Statement<'_> {
    type Key = Table;

    fn matches(&self, known: &Table) -> bool {
        let server = known.server.as_ref().map(|(address, port)| (&**address, *port));
        *self.collection == *known.collection
            && *self.operation == *known.operation
            && *self.namespace == *known.namespace
            && *self.system == *known.system
            && self.server == server
    }

    fn key(&self) -> Option<Table> {
        Some(Table {
            system: self.system.into(),
            namespace: self.namespace.into(),
            operation: self.operation.into(),
            collection: self.collection.into(),
            server: self.server.map(|(address, port)| (address.into(), port)),
        })
    }

    fn write(&self, attributes: &mut Attributes) {
        attributes.add("db.system.name", self.system);
        attributes.add("db.namespace", self.namespace);
        attributes.add("db.operation.name", self.operation);
        attributes.add("db.collection.name", self.collection);
        attributes.add_formatted("db.query.summary", format_args!("{} {}", self.operation, self.collection));
        if let Some((address, port)) = self.server {
            attributes.add("server.address", address);
            attributes.add("server.port", i64::from(port));
        }
    }
}

/// Records how a statement ended, now: the rows that it returned, or its error with the database's own code. It ends once: what
/// is attributes of it later is not recorded.
pub fn record_outcome(span: &Span, rows: Option<u64>, error: Option<(&(dyn Error + 'static), Option<&str>)>) {
    let ends = with_open_span(span, |recorded| {
        // As one is from the beginning that nobody will see.
        if recorded.ended {
            return false;
        }
        recorded.end();
        if let (Some(data), Some(rows)) = (&mut recorded.data, rows) {
            data.attributes.add("db.response.returned_rows", i64::try_from(rows).unwrap_or(i64::MAX));
        }
        true
    });
    // An error that nobody will see is not put into words.
    let Some((error, code)) = error.filter(|_| ends == Some(true)) else { return };
    let message = error_chain::with_sources(error);
    exceptions::add_exception(span, "database", message.clone());
    with_open_span(span, |recorded| {
        if let (Some(data), Some(code)) = (&mut recorded.data, code) {
            data.attributes.set("db.response.status_code", code);
        }
        recorded.fail(code.unwrap_or("_OTHER"), message);
    });
}
