//! Connection pool and queries for SQLite and PostgreSQL, with a client span for every statement.
//!
//! - [`Database`]: a pool that is opened from a [`DatabaseUrl`] and migrated.
//! - [`Sql`]: a statement with its operation and table, so that its span is named `SELECT users`.
//! - [`Query`]: a statement with its bound values, executed on the pool or in a [`Transaction`].
//!
//! The same SQL runs on both systems, because it uses only what they share: `$1` placeholders, `TEXT`, `ON
//! CONFLICT` and `BIGINT` (times are microseconds since 1970, see `service::clock`). Differences stay inside this
//! crate.

mod error;
mod open;
mod query;
mod runtime;
mod transaction;
mod url;

pub use error::{DatabaseError, OpenError, UrlError};
pub use open::{Database, Migrations};
pub use query::{Executor, Query, Sql};
pub use sqlx::Row;
pub use sqlx::any::AnyRow;
pub use transaction::Transaction;
pub use url::{DatabaseUrl, System};
