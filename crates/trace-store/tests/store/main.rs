//! What the store promises, checked from outside it.

mod bounds;
mod columns;
mod complete;
mod durable;
mod figures;
mod keep;
mod logs;
mod requests;
mod search;
mod traces;
