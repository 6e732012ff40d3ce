//! One set of SQL on both systems: every behaviour here runs on SQLite, and by `.ci/run` on PostgreSQL.

mod behaviour;
mod opening;
mod postgres;
mod sqlite;
