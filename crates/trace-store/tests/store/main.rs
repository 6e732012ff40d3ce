//! What the store promises, checked from outside it.

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
