//! One pool, one set of SQL, on SQLite or PostgreSQL; every statement is a database span.
//!
//! - [`Database`]: opened from a [`DatabaseUrl`], migrated, pooled.
//! - [`Sql`]: a statement with its operation and table, so that its span can be named `SELECT users`.
//! - [`Query`]: a statement with its values, run on the database or in a [`Transaction`].
//!
//! One set of SQL serves both systems, because it keeps to what they share: `$1` placeholders, `TEXT`, `BIGINT` (times
//! are microseconds since 1970, see `service::clock`), `ON CONFLICT`. What differs stays in this crate.

mod error;
mod open;
mod query;
mod runtime;
mod transaction;
mod url;

pub use error::{DatabaseError, OpenError};
pub use open::{Database, Migrations};
pub use query::{On, Query, Sql};
pub use sqlx::Row;
pub use sqlx::any::AnyRow;
pub use transaction::Transaction;
pub use url::{DatabaseUrl, System};
