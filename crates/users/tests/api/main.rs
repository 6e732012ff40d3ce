//! Tests of the users process over HTTP, on SQLite and (in `.ci/run`) on PostgreSQL.

mod fixture;

mod behaviour;
mod postgres;
mod process;
mod rollbar;
mod spans;
mod sqlite;
