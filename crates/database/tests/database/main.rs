//! The same tests on SQLite and (in `.ci/run`) on PostgreSQL.

mod behaviour;
mod opening;
mod outages;
mod postgres;
mod sqlite;
