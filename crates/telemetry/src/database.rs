//! Client spans and durations of database statements, after the stable database conventions.

use std::error::Error;

use opentelemetry::trace::SpanKind;
use tracing::Span;

use crate::otlp::{AttributeCache, Attributes, CachedAttributes, SpanData};
use crate::signals::database::{StatementInfo, StatementTimer};
use crate::span::{self, End, with_open_span};
use crate::{error_chain, exceptions};

/// One statement, described by attributes of the conventions:
///
/// ```
/// use telemetry::database::Statement;
///
/// let statement = Statement::new("postgresql", "SELECT", "posts")
///     .namespace("feed")
///     .text("SELECT text FROM posts WHERE id = $1")
///     .server("db.example", 5432);
/// # let _ = statement;
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Statement<'a> {
    /// `db.system.name`: `sqlite`, `postgresql`
    pub system: &'a str,
    /// `db.namespace`: the database's name; left out if it is empty
    pub namespace: &'a str,
    /// `db.operation.name`: `SELECT`
    pub operation: &'a str,
    /// `db.collection.name`: the main table
    pub collection: &'a str,
    /// `db.query.text`: with placeholders, never with values; left out if it is empty
    pub text: &'a str,
    /// `server.address`, `server.port`; `None` for an embedded database
    pub server: Option<(&'a str, u16)>,
}

impl<'a> Statement<'a> {
    /// An operation of a database system on its main table.
    pub const fn new(system: &'a str, operation: &'a str, collection: &'a str) -> Self {
        Self { system, namespace: "", operation, collection, text: "", server: None }
    }

    /// Sets the database's name.
    #[must_use]
    pub const fn namespace(self, namespace: &'a str) -> Self {
        Self { namespace, ..self }
    }

    /// Sets the text, with placeholders.
    #[must_use]
    pub const fn text(self, text: &'a str) -> Self {
        Self { text, ..self }
    }

    /// Sets address and port of the server. An embedded database has none.
    #[must_use]
    pub const fn server(self, address: &'a str, port: u16) -> Self {
        Self { server: Some((address, port)), ..self }
    }

    /// Starts the client span of this statement below the current span, named like `SELECT users`.
    pub fn span(&self) -> Span {
        let Some(mut prepared) = span::prepare(span::current_context()) else { return Span::none() };
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

    /// Starts the client span of this statement, and measures its duration if metrics are exported.
    pub fn start(&self) -> Execution {
        Execution { span: self.span(), timer: StatementTimer::start() }
    }

    fn describe(&self, span: &mut SpanData) {
        span.kind = SpanKind::Client;
        span.set_name(&[self.operation, " ", self.collection]);
        let attributes = &mut span.attributes;
        attributes.add_cached(&TABLES, self);
        if !self.text.is_empty() {
            attributes.add("db.query.text", self.text);
        }
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
        if !self.namespace.is_empty() {
            attributes.add("db.namespace", self.namespace);
        }
        attributes.add("db.operation.name", self.operation);
        attributes.add("db.collection.name", self.collection);
        attributes.add_formatted("db.query.summary", format_args!("{} {}", self.operation, self.collection));
        if let Some((address, port)) = self.server {
            attributes.add("server.address", address);
            attributes.add("server.port", i64::from(port));
        }
    }
}

/// A statement that is being executed: its client span, and the measurement of its duration
/// (`db.client.operation.duration`).
///
/// ```
/// use telemetry::database::Statement;
/// use tracing::Instrument;
///
/// # async fn load(query: impl Future<Output = Result<Vec<u8>, std::io::Error>>) -> Result<Vec<u8>, std::io::Error> {
/// let statement = Statement::new("sqlite", "SELECT", "posts").namespace("feed").text("SELECT text FROM posts");
/// let execution = statement.start();
/// let outcome = query.instrument(execution.span().clone()).await;
/// match &outcome {
///     Ok(rows) => execution.succeeded(&statement, Some(rows.len() as u64)),
///     Err(error) => execution.failed(&statement, error, None),
/// }
/// # outcome
/// # }
/// ```
#[derive(Debug)]
#[must_use = "record its outcome"]
pub struct Execution {
    span: Span,
    timer: Option<StatementTimer>,
}

impl Execution {
    /// The client span, in which the statement is executed.
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// Records success: `rows` is the number of rows that came back; `None` for a statement that returns none, whatever it
    /// changed.
    pub fn succeeded(self, statement: &Statement<'_>, rows: Option<u64>) {
        record_outcome(&self.span, rows, None);
        self.measure(statement, None, None);
    }

    /// Records an error, and the database's code for it.
    pub fn failed(self, statement: &Statement<'_>, error: &(dyn Error + 'static), code: Option<&str>) {
        record_outcome(&self.span, None, Some((error, code)));
        self.measure(statement, Some(error_type(code)), code);
    }

    fn measure(self, statement: &Statement<'_>, error_type: Option<&str>, status_code: Option<&str>) {
        let Some(timer) = self.timer else { return };
        let Statement { system, namespace, operation, collection, server, .. } = *statement;
        timer.record(&StatementInfo {
            system,
            namespace,
            operation,
            collection,
            server,
            error_type,
            status_code,
        });
    }
}

/// Ends the span of a statement now, with the number of rows that came back, or with an error and the database's code for
/// it.
///
/// Only the first call has an effect. An [`Execution`] is measured, too.
pub fn record_outcome(span: &Span, rows: Option<u64>, error: Option<(&(dyn Error + 'static), Option<&str>)>) {
    let ended_now = with_open_span(span, |open_span| {
        // A non-recording span counts as ended from its start.
        if open_span.ended {
            return false;
        }
        open_span.end();
        if let (Some(data), Some(rows), None) = (&mut open_span.data, rows, &error) {
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
        open_span.fail(error_type(code), message);
    });
}

/// `error.type` of an error with this code.
fn error_type(code: Option<&str>) -> &str {
    code.unwrap_or("_OTHER")
}
