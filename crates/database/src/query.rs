//! A statement, its values, and the span that it is run in.

use std::borrow::Cow;

use sqlx::any::{AnyArguments, AnyQueryResult, AnyRow};
use sqlx::{Any, Arguments, AssertSqlSafe, Encode, SqlSafeStr, SqlStr, Type};
use telemetry::database::{Statement, record_outcome};
use tracing::{Instrument, Span};

use crate::error::DatabaseError;
use crate::open::Database;
use crate::runtime::Runtime;
use crate::transaction::Transaction;

/// Where a statement's list goes: `WHERE handle IN ($list)`.
const LIST: &str = "$list";

/// A statement with what its span says of it.
///
/// `operation` and `collection` are the `db.operation.name` and `db.collection.name` of the semantic conventions; the
/// span is named after both.
#[derive(Clone, Copy, Debug)]
pub struct Sql {
    operation: &'static str,
    collection: &'static str,
    text: &'static str,
}

impl Sql {
    pub const fn new(operation: &'static str, collection: &'static str, text: &'static str) -> Self {
        Self { operation, collection, text }
    }

    /// Starts a query: bind its values in the order of `$1`, `$2`, ...
    pub fn query(self) -> Query {
        Query {
            sql: self,
            text: Cow::Borrowed(self.text),
            arguments: AnyArguments::default(),
            failed: None,
            traced: true,
        }
    }
}

/// A statement with its values, ready to run.
#[must_use = "a query does nothing until it is run"]
pub struct Query {
    sql: Sql,
    text: Cow<'static, str>,
    arguments: AnyArguments,
    failed: Option<sqlx::Error>,
    traced: bool,
}

/// What a query runs on: the pool, or a transaction under way.
pub enum On<'c> {
    Database(&'c Database),
    Transaction(&'c mut Transaction),
}

impl Query {
    /// Runs without a span: for looks that are made all the time and mostly find nothing, and for seeding.
    pub fn untraced(mut self) -> Self {
        self.traced = false;
        self
    }

    /// Gives the next placeholder its value.
    pub fn bind<'v, T: Encode<'v, Any> + Type<Any>>(mut self, value: T) -> Self {
        if let Err(error) = self.arguments.add(value) {
            self.failed.get_or_insert(sqlx::Error::Encode(error));
        }
        self
    }

    /// Puts a list of values in the place of `$list`; an empty one matches nothing.
    ///
    /// The list is padded to a power of two by repeating its last value, so that a connection prepares a handful of
    /// statements and not one for every length.
    pub fn bind_list(mut self, values: &[&str]) -> Self {
        let first = self.arguments.len() + 1;
        let length = values.len().max(1).next_power_of_two();
        let places: Vec<String> = (first..first + length).map(|place| format!("${place}")).collect();
        self.text = Cow::Owned(self.text.replacen(LIST, &places.join(", "), 1));
        for place in 0..length {
            let value = values.get(place).or(values.last()).map(|value| (*value).to_owned());
            self = self.bind(value);
        }
        self
    }

    /// # Errors
    /// [`DatabaseError`] when the statement fails.
    pub async fn fetch_all<'c>(self, on: impl Into<On<'c>>) -> Result<Vec<AnyRow>, DatabaseError> {
        let on = on.into();
        let (query, run) = self.prepare(&on)?;
        match on {
            On::Database(database) => run.finish(query.fetch_all(&database.pool)).await,
            On::Transaction(transaction) => run.finish(query.fetch_all(&mut *transaction.inner)).await,
        }
    }

    /// # Errors
    /// [`DatabaseError`] when the statement fails.
    pub async fn fetch_optional<'c>(self, on: impl Into<On<'c>>) -> Result<Option<AnyRow>, DatabaseError> {
        let on = on.into();
        let (query, run) = self.prepare(&on)?;
        match on {
            On::Database(database) => run.finish(query.fetch_optional(&database.pool)).await,
            On::Transaction(transaction) => run.finish(query.fetch_optional(&mut *transaction.inner)).await,
        }
    }

    /// Runs a statement that answers no rows; gives the number of rows that it changed.
    ///
    /// # Errors
    /// [`DatabaseError`] when the statement fails.
    pub async fn execute<'c>(self, on: impl Into<On<'c>>) -> Result<u64, DatabaseError> {
        let on = on.into();
        let (query, run) = self.prepare(&on)?;
        let result = match on {
            On::Database(database) => run.finish(query.execute(&database.pool)).await,
            On::Transaction(transaction) => run.finish(query.execute(&mut *transaction.inner)).await,
        };
        Ok(result?.rows_affected())
    }

    /// What is to be run, and how; its span begins now.
    fn prepare(self, on: &On<'_>) -> Result<(Prepared, Run), DatabaseError> {
        if let Some(error) = self.failed {
            return Err(error.into());
        }
        let span = if self.traced { on.statement(&self.sql).span() } else { Span::none() };
        let run = Run { span, runtime: on.runtime().clone() };
        Ok((sqlx::query_with(safe(self.text), self.arguments), run))
    }
}

type Prepared = sqlx::query::Query<'static, Any, AnyArguments>;

/// How a statement is run: in its span, on the runtime of the connections.
struct Run {
    span: Span,
    runtime: Runtime,
}

impl Run {
    /// Runs it, and says on the span what became of it.
    async fn finish<T: Rows>(
        self,
        statement: impl Future<Output = sqlx::Result<T>>,
    ) -> Result<T, DatabaseError> {
        let outcome = self.runtime.run(statement.instrument(self.span.clone())).await;
        match &outcome {
            Ok(rows) => record_outcome(&self.span, Some(rows.count()), None),
            Err(error) => {
                record_outcome(&self.span, None, Some((error, DatabaseError::code(error).as_deref())));
            }
        }
        Ok(outcome?)
    }
}

/// The text is a constant of this workspace, in which only `$list` was replaced by placeholders.
fn safe(text: Cow<'static, str>) -> SqlStr {
    match text {
        Cow::Borrowed(text) => text.into_sql_str(),
        Cow::Owned(text) => AssertSqlSafe(text).into_sql_str(),
    }
}

impl On<'_> {
    fn runtime(&self) -> &Runtime {
        match self {
            Self::Database(database) => &database.runtime,
            Self::Transaction(transaction) => &transaction.runtime,
        }
    }

    fn statement(&self, sql: &Sql) -> Statement<'_> {
        let (system, location) = match self {
            Self::Database(database) => (database.system, &*database.location),
            Self::Transaction(transaction) => (transaction.system, &*transaction.location),
        };
        Statement {
            system: system.name(),
            namespace: &location.namespace,
            operation: sql.operation,
            collection: sql.collection,
            text: sql.text,
            server: location.server.as_ref().map(|(address, port)| (address.as_str(), *port)),
        }
    }
}

impl<'c> From<&'c Database> for On<'c> {
    fn from(database: &'c Database) -> Self {
        Self::Database(database)
    }
}

impl<'c> From<&'c mut Transaction> for On<'c> {
    fn from(transaction: &'c mut Transaction) -> Self {
        Self::Transaction(transaction)
    }
}

/// How many rows an outcome has.
trait Rows {
    fn count(&self) -> u64;
}

impl Rows for Vec<AnyRow> {
    fn count(&self) -> u64 {
        self.len() as u64
    }
}

impl Rows for Option<AnyRow> {
    fn count(&self) -> u64 {
        u64::from(self.is_some())
    }
}

impl Rows for AnyQueryResult {
    fn count(&self) -> u64 {
        self.rows_affected()
    }
}
