//! SQL statements, their bound values, and the client span of each execution.

use std::borrow::Cow;
use std::sync::Arc;

use sqlx::any::{AnyArguments, AnyQueryResult, AnyRow};
use sqlx::{Any, Arguments, AssertSqlSafe, Encode, SqlSafeStr, SqlStr, Type};
use telemetry::database::{self, Statement};
use tracing::{Instrument, Span};

use crate::error::DatabaseError;
use crate::failures::Failures;
use crate::open::Database;
use crate::runtime::Runtime;
use crate::transaction::Transaction;
use crate::url::{Location, System};

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
                let pool = database.pool(reads);
                execution.run(async { query.fetch_all(&mut *pool.lease().await?).await }).await
            }
            Executor::Transaction(transaction) => {
                execution.run(query.fetch_all(&mut *transaction.connection)).await
            }
        }
    }

    /// The first row of the result.
    ///
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
                let pool = database.pool(reads);
                let first_row = async {
                    let mut connection = pool.lease().await?;
                    if reads {
                        return query.fetch_optional(&mut *connection).await;
                    }
                    // A write is committed after its rows. `fetch_optional` of sqlx stops at the first one, and does not see
                    // that the commit fails.
                    Ok(query.fetch_all(&mut *connection).await?.into_iter().next())
                };
                execution.run(first_row).await
            }
            Executor::Transaction(transaction) => {
                execution.run(query.fetch_optional(&mut *transaction.connection)).await
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
                let pool = database.pool(reads);
                execution.run(async { query.execute(&mut *pool.lease().await?).await }).await
            }
            Executor::Transaction(transaction) => {
                execution.run(query.execute(&mut *transaction.connection)).await
            }
        };
        Ok(result?.rows_affected())
    }

    /// Builds the query for sqlx and starts its span.
    fn prepare(self, executor: &Executor<'_>) -> Result<(SqlxQuery, Execution), DatabaseError> {
        if let Some(error) = self.bind_error {
            return Err(error.into());
        }
        let (system, location) = executor.location();
        let traced = self.traced.then(|| Traced {
            execution: statement(system, location, &self.sql).start(),
            system,
            location: Arc::clone(location),
            sql: self.sql,
        });
        let reads = self.sql.reads();
        let failures = executor.failures(reads).clone();
        let commits = !reads && matches!(executor, Executor::Database(_));
        let execution = Execution { traced, runtime: executor.runtime().clone(), failures, commits };
        Ok((sqlx::query_with(into_sql_str(self.text), self.arguments), execution))
    }
}

type SqlxQuery = sqlx::query::Query<'static, Any, AnyArguments>;

/// One execution of a statement: in its span, on the runtime of the connections.
struct Execution {
    /// `None` for an untraced query.
    traced: Option<Traced>,
    runtime: Runtime,
    failures: Failures,
    /// What it writes is committed when it succeeds.
    commits: bool,
}

/// The span of an execution, with what describes it.
struct Traced {
    execution: database::Execution,
    system: System,
    location: Arc<Location>,
    sql: Sql,
}

impl Traced {
    fn record<T: ReturnedRows>(self, outcome: &sqlx::Result<T>) {
        let statement = statement(self.system, &self.location, &self.sql);
        match outcome {
            Ok(rows) => self.execution.succeeded(&statement, rows.returned_rows()),
            Err(error) => self.execution.failed(&statement, error, DatabaseError::code(error).as_deref()),
        }
    }
}

fn statement<'a>(system: System, location: &'a Location, sql: &'a Sql) -> Statement<'a> {
    let statement = Statement::new(system.name(), sql.operation, sql.collection);
    let statement = statement.namespace(&location.namespace).text(sql.text);
    match &location.server {
        Some((address, port)) => statement.server(address, *port),
        None => statement,
    }
}

impl Execution {
    /// Runs the statement and records its outcome on the span.
    async fn run<T: ReturnedRows>(
        self,
        statement: impl Future<Output = sqlx::Result<T>>,
    ) -> Result<T, DatabaseError> {
        let span = self.traced.as_ref().map_or_else(Span::none, |traced| traced.execution.span().clone());
        let outcome = self.runtime.run_statement(statement.instrument(span)).await;
        match &outcome {
            Ok(rows) if self.commits && rows.is_change() => self.failures.record_write(),
            Ok(_) => {}
            Err(error) => self.failures.record(error),
        }
        if let Some(traced) = self.traced {
            traced.record(&outcome);
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

    fn location(&self) -> (System, &Arc<Location>) {
        match self {
            Self::Database(database) => (database.system, &database.location),
            Self::Transaction(transaction) => (transaction.system, &transaction.location),
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

/// The number of rows that came back.
trait ReturnedRows {
    /// `None` for a statement that returns no rows, whatever it changed.
    fn returned_rows(&self) -> Option<u64>;

    /// Whether a statement that writes has changed something.
    fn is_change(&self) -> bool {
        self.returned_rows().is_some_and(|rows| rows > 0)
    }
}

impl ReturnedRows for Vec<AnyRow> {
    fn returned_rows(&self) -> Option<u64> {
        Some(self.len() as u64)
    }
}

impl ReturnedRows for Option<AnyRow> {
    fn returned_rows(&self) -> Option<u64> {
        Some(u64::from(self.is_some()))
    }
}

impl ReturnedRows for AnyQueryResult {
    fn returned_rows(&self) -> Option<u64> {
        None
    }

    fn is_change(&self) -> bool {
        self.rows_affected() > 0
    }
}
