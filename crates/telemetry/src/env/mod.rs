//! Configuration from environment variables.
//!
//! - `variables`: the list of variables, from which code, documentation and tests are generated
//! - `reader`: the rules for all variables (an empty one is unset, an invalid one is ignored with a warning)
//! - `settings`: the settings of the crate; `otlp`: those of one exporter; `honeycomb`, `rollbar`, `xray`: those of
//!   these destinations; `remote_sampler`: that of X-Ray's sampler; `token`: their keys; `aws`: region and credentials;
//!   `proxy`: proxies

mod aws;
mod honeycomb;
mod otlp;
mod proxy;
mod reader;
mod remote_sampler;
mod rollbar;
mod settings;
#[cfg(test)]
mod tests;
mod token;
pub(crate) mod variables;
mod xray;
#[cfg(all(test, feature = "xray"))]
mod xray_tests;

#[cfg(feature = "xray")]
pub(crate) use aws::{AccessKeys, Authorization, Container, CredentialSources, Region};
pub(crate) use honeycomb::Honeycomb;
pub(crate) use otlp::{Exporter, Otlp, Protocol, Signal, Vendor};
#[cfg(all(test, feature = "rollbar"))]
pub(crate) use proxy::Proxies;
#[cfg(feature = "xray")]
pub(crate) use remote_sampler::RemoteSampler;
#[cfg(feature = "rollbar")]
pub(crate) use rollbar::Rollbar;
pub(crate) use settings::{Batching, Inbound, Propagation, Settings};
pub(crate) use token::Token;
pub use variables::{VARIABLES, Variable};
#[cfg(feature = "xray")]
pub(crate) use xray::{Xray, XrayOtlp};
