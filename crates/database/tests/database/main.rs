//! The same tests on SQLite and (in `.ci/run`) on PostgreSQL.

mod behaviour;
mod opening;
mod postgres;
mod sqlite;
