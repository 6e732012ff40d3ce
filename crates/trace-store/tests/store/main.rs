//! What the store promises, checked from outside it.

mod bounds;
mod durable;
mod figures;
mod requests;
mod search;
mod traces;
