//! Configuration from environment variables.
//!
//! - `variables`: the list of variables, from which code, documentation and tests are generated
//! - `reader`: the rules for all variables (an empty one is unset, an invalid one is ignored with a warning)
//! - `settings`: the settings of the crate; `otlp`: those of one exporter; `rollbar`: those of error reports

mod otlp;
mod reader;
mod rollbar;
mod settings;
#[cfg(test)]
mod tests;
mod variables;

pub(crate) use otlp::{Exporter, Otlp, Protocol};
#[cfg(feature = "rollbar")]
pub(crate) use rollbar::Rollbar;
#[cfg(all(test, feature = "rollbar"))]
pub(crate) use rollbar::Token;
pub(crate) use settings::{Batching, Inbound, Propagation, Settings};
pub use variables::{VARIABLES, Variable};
