//! Activities over real sockets: the real process, on SQLite and (by `.ci/run`) on PostgreSQL.

mod fixture;

mod behaviour;
mod partial;
mod postgres;
mod process;
mod spans;
mod sqlite;
