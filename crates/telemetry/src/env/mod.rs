//! The environment: every variable that this crate reads, and nothing that it does not.
//!
//! - `variables`: the list; the code, the documentation and the tests are made from it
//! - `reader`: the rules that hold for all (empty is unset, a bad value is warned about and ignored)
//! - `settings`, `otlp`: what was read, as types

mod otlp;
mod reader;
mod settings;
#[cfg(test)]
mod tests;
mod variables;

pub(crate) use otlp::{Exporter, Otlp, Protocol};
pub(crate) use settings::{Batching, Inbound, Propagation, Settings};
pub use variables::{VARIABLES, Variable};
