//! SQL statements, their bound values, and the client span of each execution.

use std::borrow::Cow;

use sqlx::any::{AnyArguments, AnyQueryResult, AnyRow};
use sqlx::{Any, Arguments, AssertSqlSafe, Encode, SqlSafeStr, SqlStr, Type};
use telemetry::database::{Statement, record_outcome};
use tracing::{Instrument, Span};

use crate::error::DatabaseError;
use crate::open::Database;
use crate::pool::Failures;
use crate::runtime::Runtime;
use crate::transaction::Transaction;

/// The `operation` of a statement that only reads. It uses the connections of readers.
const READ_OPERATION: &str = "SELECT";
/// The placeholder that [`Query::bind_list`] replaces: `WHERE handle IN ($list)`.
const LIST_PLACEHOLDER: &str = "$list";

/// A statement with the attributes of its span.
///
/// `operation` and `collection` are `db.operation.name` and `db.collection.name` of the semantic conventions. The
/// span's name consists of both.
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

    fn reads(self) -> bool {
        self.operation == READ_OPERATION
    }

    /// Starts a query. Bind its values in the order of `$1`, `$2`, ...
    pub fn query(self) -> Query {
        Query {
            sql: self,
            text: Cow::Borrowed(self.text),
            arguments: AnyArguments::default(),
            bind_error: None,
            traced: true,
        }
    }
}

/// A statement with its bound values.
#[must_use = "a query does nothing until it is executed"]
pub struct Query {
    sql: Sql,
    text: Cow<'static, str>,
    arguments: AnyArguments,
    bind_error: Option<sqlx::Error>,
    traced: bool,
}

/// What executes a query: the pool, or an open transaction.
pub enum Executor<'c> {
    Database(&'c Database),
    Transaction(&'c mut Transaction),
}

impl Query {
    /// Executes without a span. For polling, which mostly finds nothing, and for seeding.
    pub fn untraced(mut self) -> Self {
        self.traced = false;
        self
    }

    /// Binds a value to the next placeholder.
    pub fn bind<'v, T: Encode<'v, Any> + Type<Any>>(mut self, value: T) -> Self {
        if let Err(error) = self.arguments.add(value) {
            self.bind_error.get_or_insert(sqlx::Error::Encode(error));
        }
        self
    }

    /// Replaces `$list` by placeholders for `values`. An empty list matches nothing.
    ///
    /// The list is padded to a power of two by repeating its last value. So a connection prepares a handful of
    /// statements instead of one for every length.
    pub fn bind_list(mut self, values: &[&str]) -> Self {
        let first = self.arguments.len() + 1;
        let length = values.len().max(1).next_power_of_two();
        let placeholders: Vec<String> = (first..first + length).map(|number| format!("${number}")).collect();
        self.text = Cow::Owned(self.text.replacen(LIST_PLACEHOLDER, &placeholders.join(", "), 1));
        for index in 0..length {
            let value = values.get(index).or(values.last()).map(|value| (*value).to_owned());
            self = self.bind(value);
        }
        self
    }

    /// # Errors
    /// [`DatabaseError`] when the statement fails.
    pub async fn fetch_all<'c>(
        self,
        executor: impl Into<Executor<'c>>,
    ) -> Result<Vec<AnyRow>, DatabaseError> {
        let executor = executor.into();
        let reads = self.sql.reads();
        let (query, execution) = self.prepare(&executor)?;
        match executor {
            Executor::Database(database) => {
                execution.run(query.fetch_all(&database.pool(reads).connections)).await
            }
            Executor::Transaction(transaction) => {
                execution.run(query.fetch_all(&mut *transaction.inner)).await
            }
        }
    }

    /// # Errors
    /// [`DatabaseError`] when the statement fails.
    pub async fn fetch_optional<'c>(
        self,
        executor: impl Into<Executor<'c>>,
    ) -> Result<Option<AnyRow>, DatabaseError> {
        let executor = executor.into();
        let reads = self.sql.reads();
        let (query, execution) = self.prepare(&executor)?;
        match executor {
            Executor::Database(database) => {
                execution.run(query.fetch_optional(&database.pool(reads).connections)).await
            }
            Executor::Transaction(transaction) => {
                execution.run(query.fetch_optional(&mut *transaction.inner)).await
            }
        }
    }

    /// Executes a statement that returns no rows, and returns the number of rows that it changed.
    ///
    /// # Errors
    /// [`DatabaseError`] when the statement fails.
    pub async fn execute<'c>(self, executor: impl Into<Executor<'c>>) -> Result<u64, DatabaseError> {
        let executor = executor.into();
        let reads = self.sql.reads();
        let (query, execution) = self.prepare(&executor)?;
        let result = match executor {
            Executor::Database(database) => {
                execution.run(query.execute(&database.pool(reads).connections)).await
            }
            Executor::Transaction(transaction) => execution.run(query.execute(&mut *transaction.inner)).await,
        };
        Ok(result?.rows_affected())
    }

    /// Builds the query for sqlx and starts its span.
    fn prepare(self, executor: &Executor<'_>) -> Result<(SqlxQuery, Execution), DatabaseError> {
        if let Some(error) = self.bind_error {
            return Err(error.into());
        }
        let span = if self.traced { executor.statement(&self.sql).span() } else { Span::none() };
        let failures = executor.failures(self.sql.reads()).clone();
        let execution = Execution { span, runtime: executor.runtime().clone(), failures };
        Ok((sqlx::query_with(into_sql_str(self.text), self.arguments), execution))
    }
}

type SqlxQuery = sqlx::query::Query<'static, Any, AnyArguments>;

/// One execution of a statement: in its span, on the runtime of the connections.
struct Execution {
    span: Span,
    runtime: Runtime,
    failures: Failures,
}

impl Execution {
    /// Runs the statement and records its outcome on the span.
    async fn run<T: RowCount>(
        self,
        statement: impl Future<Output = sqlx::Result<T>>,
    ) -> Result<T, DatabaseError> {
        let outcome = self.runtime.run(statement.instrument(self.span.clone())).await;
        match &outcome {
            Ok(rows) => record_outcome(&self.span, Some(rows.row_count()), None),
            Err(error) => {
                self.failures.record(error);
                record_outcome(&self.span, None, Some((error, DatabaseError::code(error).as_deref())));
            }
        }
        Ok(outcome?)
    }
}

/// Safe against injection: the text is a constant of this workspace, in which only `$list` was replaced by
/// placeholders.
fn into_sql_str(text: Cow<'static, str>) -> SqlStr {
    match text {
        Cow::Borrowed(text) => text.into_sql_str(),
        Cow::Owned(text) => AssertSqlSafe(text).into_sql_str(),
    }
}

impl Executor<'_> {
    fn runtime(&self) -> &Runtime {
        match self {
            Self::Database(database) => &database.runtime,
            Self::Transaction(transaction) => &transaction.runtime,
        }
    }

    fn failures(&self, reads: bool) -> &Failures {
        match self {
            Self::Database(database) => &database.pool(reads).failures,
            Self::Transaction(transaction) => &transaction.failures,
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

impl<'c> From<&'c Database> for Executor<'c> {
    fn from(database: &'c Database) -> Self {
        Self::Database(database)
    }
}

impl<'c> From<&'c mut Transaction> for Executor<'c> {
    fn from(transaction: &'c mut Transaction) -> Self {
        Self::Transaction(transaction)
    }
}

/// The number of rows that a statement returned or changed.
trait RowCount {
    fn row_count(&self) -> u64;
}

impl RowCount for Vec<AnyRow> {
    fn row_count(&self) -> u64 {
        self.len() as u64
    }
}

impl RowCount for Option<AnyRow> {
    fn row_count(&self) -> u64 {
        u64::from(self.is_some())
    }
}

impl RowCount for AnyQueryResult {
    fn row_count(&self) -> u64 {
        self.rows_affected()
    }
}
