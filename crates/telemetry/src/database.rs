//! Spans of database calls, after the stable database conventions.

use std::error::Error;

use opentelemetry::Context;
use opentelemetry::trace::SpanKind;
use tracing::Span;

use crate::errors;
use crate::otlp::{Alike, Attributes, Memory};
use crate::span::{self, Ends, SpanData, with_recorded};

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
        if let Some(data) = begun.data() {
            self.describe(data);
        }
        begun.plant(Ends::ByHand, || tracing::info_span!(target: "telemetry::database", "statement"))
    }

    fn describe(&self, span: &mut SpanData) {
        span.kind = SpanKind::Client;
        span.set_name(&[self.operation, " ", self.collection]);
        let said = &mut span.attributes;
        said.add_alike(&TABLES, self);
        said.add("db.query.text", self.text);
    }
}

thread_local! {
    static TABLES: Memory<Table> = const { Memory::new() };
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
impl Alike for Statement<'_> {
    type Known = Table;

    fn is(&self, known: &Table) -> bool {
        let server = known.server.as_ref().map(|(address, port)| (&**address, *port));
        *self.collection == *known.collection
            && *self.operation == *known.operation
            && *self.namespace == *known.namespace
            && *self.system == *known.system
            && self.server == server
    }

    fn known(&self) -> Option<Table> {
        Some(Table {
            system: self.system.into(),
            namespace: self.namespace.into(),
            operation: self.operation.into(),
            collection: self.collection.into(),
            server: self.server.map(|(address, port)| (address.into(), port)),
        })
    }

    fn say(&self, said: &mut Attributes) {
        said.add("db.system.name", self.system);
        said.add("db.namespace", self.namespace);
        said.add("db.operation.name", self.operation);
        said.add("db.collection.name", self.collection);
        said.add_formatted("db.query.summary", format_args!("{} {}", self.operation, self.collection));
        if let Some((address, port)) = self.server {
            said.add("server.address", address);
            said.add("server.port", i64::from(port));
        }
    }
}

/// Records how a statement ended, now: the rows that it returned, or its error with the database's own code. It ends once: what
/// is said of it later is not recorded.
pub fn record_outcome(span: &Span, rows: Option<u64>, error: Option<(&(dyn Error + 'static), Option<&str>)>) {
    let ends = with_recorded(span, |recorded| {
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
    let message = errors::with_sources(error);
    errors::exception(span, "database", message.clone());
    with_recorded(span, |recorded| {
        if let (Some(data), Some(code)) = (&mut recorded.data, code) {
            data.attributes.set("db.response.status_code", code);
        }
        recorded.fail(code.unwrap_or("_OTHER"), message);
    });
}
