//! Connection pools and queries for SQLite and PostgreSQL, with a client span for every statement.
//!
//! - [`Database`]: opened from a [`DatabaseUrl`] and migrated; readers and writers have a pool each.
//! - [`Sql`]: a statement with its operation and table, so that its span is named `SELECT users`.
//! - [`Query`]: a statement with its bound values, executed on its pool or in a [`Transaction`].
//! - [`Outage`]: why a database refuses statements for a time. Its pools recover by themselves.
//!
//! The same SQL runs on both systems, because it uses only what they share: `$1` placeholders, `TEXT`, `ON
//! CONFLICT` and `BIGINT` (times are microseconds since 1970, see `service::clock`). Differences stay inside this
//! crate.

mod connect_error;
mod error;
mod failures;
mod lease;
mod migrate;
mod open;
mod pool;
mod query;
mod readiness;
mod runtime;
mod transaction;
mod url;
mod write_check;

pub use error::{DatabaseError, OpenError, Outage, UrlError};
pub use migrate::Migrations;
pub use open::Database;
pub use query::{Executor, Query, Sql};
pub use sqlx::Row;
pub use sqlx::any::AnyRow;
pub use transaction::Transaction;
pub use url::{DatabaseUrl, System};
