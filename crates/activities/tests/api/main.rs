//! Tests of the activities process over HTTP, on SQLite and (in `.ci/run`) on PostgreSQL.

mod fixture;

mod behaviour;
mod failover;
mod full_disk;
mod partial;
mod postgres;
mod process;
mod spans;
mod sqlite;
