//! Integration tests of the store, through its public API.

mod bounds;
mod columns;
mod complete;
mod durable;
mod logs;
mod metrics;
mod requests;
mod retention;
mod search;
mod traces;
