//! The same tests on SQLite and (in `.ci/run`) on PostgreSQL.

mod behaviour;
mod failing_disk;
mod opening;
mod outages;
mod postgres;
mod read_only;
mod sqlite;
