//! Client spans of database statements, after the stable database conventions.

use std::error::Error;

use opentelemetry::Context;
use opentelemetry::trace::SpanKind;
use tracing::Span;

use crate::otlp::{AttributeCache, Attributes, CachedAttributes, SpanData};
use crate::span::{self, End, with_open_span};
use crate::{error_chain, exceptions};

/// One statement, described by attributes of the conventions.
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
    /// `server.address`, `server.port`; `None` for an embedded database
    pub server: Option<(&'a str, u16)>,
}

impl Statement<'_> {
    /// Starts the client span of this statement below the current span, named like `SELECT users`.
    pub fn span(&self) -> Span {
        let Some(mut prepared) = span::prepare(Context::current()) else { return Span::none() };
        // No context is propagated to a database, so a non-recording span is not needed.
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

/// The attributes that statements with the same operation on the same table share.
#[derive(Debug)]
pub(crate) struct Table {
    system: Box<str>,
    namespace: Box<str>,
    operation: Box<str>,
    collection: Box<str>,
    server: Option<(Box<str>, u16)>,
}

/// All attributes except the statement's text.
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

/// Ends the span of a statement now, with the number of returned rows, or with an error and the database's code for it.
///
/// Only the first call has an effect.
pub fn record_outcome(span: &Span, rows: Option<u64>, error: Option<(&(dyn Error + 'static), Option<&str>)>) {
    let ended_now = with_open_span(span, |open_span| {
        // A non-recording span counts as ended from its start.
        if open_span.ended {
            return false;
        }
        open_span.end();
        if let (Some(data), Some(rows)) = (&mut open_span.data, rows) {
            data.attributes.add("db.response.returned_rows", i64::try_from(rows).unwrap_or(i64::MAX));
        }
        true
    });
    // The error is formatted only when it is recorded.
    let Some((error, code)) = error.filter(|_| ended_now == Some(true)) else { return };
    let message = error_chain::with_sources(error);
    exceptions::add_exception(span, "database", message.clone());
    with_open_span(span, |open_span| {
        if let (Some(data), Some(code)) = (&mut open_span.data, code) {
            data.attributes.set("db.response.status_code", code);
        }
        open_span.fail(code.unwrap_or("_OTHER"), message);
    });
}
