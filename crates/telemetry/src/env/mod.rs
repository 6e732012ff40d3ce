//! Configuration from environment variables.
//!
//! - `variables`: the list of variables, from which code, documentation and tests are generated
//! - `reader`: the rules for all variables (an empty one is unset, an invalid one is ignored with a warning)
//! - `spelling`: quotes, spaces and contents of files in values; `harmless`: what of a value a warning may repeat
//! - `endpoint`: URLs that data is sent to
//! - `misspelt`: names that are almost those of variables, by `nearest`
//! - `settings`: the settings of the crate; `otlp`: those of one exporter, of a `signal`; `honeycomb`, `rollbar`, `xray`:
//!   those of these destinations; `remote_sampler`: that of X-Ray's sampler; `token`: their keys; `aws`: region and
//!   credentials; `proxy`: proxies; `plaintext`: keys that would be sent without TLS

mod aws;
mod endpoint;
mod harmless;
mod honeycomb;
mod misspelt;
mod nearest;
mod otlp;
mod plaintext;
mod proxy;
mod reader;
mod remote_sampler;
mod rollbar;
mod settings;
mod signal;
mod spelling;
#[cfg(test)]
mod tests;
mod token;
pub(crate) mod variables;
mod xray;

#[cfg(feature = "xray")]
pub(crate) use aws::{AccessKeys, Authorization, Container, CredentialSources, Region};
#[cfg(feature = "xray")]
pub(crate) use harmless::is_harmless;
pub(crate) use honeycomb::Honeycomb;
pub use misspelt::misspelt_variables;
pub(crate) use otlp::{Exporter, Otlp, Protocol, Vendor};
#[cfg(all(test, feature = "rollbar"))]
pub(crate) use proxy::Proxies;
pub(crate) use reader::{ignored_directive, shown_path};
#[cfg(feature = "xray")]
pub(crate) use remote_sampler::{RemoteSampler, RuleSource};
#[cfg(feature = "rollbar")]
pub(crate) use rollbar::Rollbar;
pub(crate) use settings::{Batching, Inbound, Propagation, Settings};
pub(crate) use signal::{Signal, signal_path};
pub(crate) use token::Token;
pub use variables::{VARIABLES, Variable};
#[cfg(feature = "xray")]
pub(crate) use xray::{Xray, XrayOtlp};
