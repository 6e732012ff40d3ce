//! Process skeleton that every part of the system shares, from its command line to its exit code.
//!
//! - [`Cli`]: command line of a part; [`main`] parses it, [`exit_code`] reports how the part ended
//! - [`ConfigError`], [`address`]: environment variables with a wrong value, in one line that says what to change
//! - [`bind`], [`announce`]: a bound port, and the JSON line on standard output that tells where the part listens
//! - [`healthcheck`]: readiness check of a running part over loopback, for images without a shell
//! - [`Hosts`]: the hosts that a server answers for
//! - [`Shutdown`]: SIGTERM or SIGINT, observed by every clone
//! - [`StderrLog`]: log lines that never block the process
//! - [`error_chain`]: an error and its sources on one line
//!
//! A leaf crate: the services and the waterfall use it, and it knows neither of them, no telemetry and no web framework.

mod cli;
mod config;
mod error_chain;
mod exit;
mod healthcheck;
mod hosts;
mod listen;
mod shutdown;
mod stderr_log;

pub use cli::{Cli, Command, Variable};
pub use config::{ConfigError, address};
pub use error_chain::error_chain;
pub use exit::{BoxError, exit_code, main};
pub use healthcheck::{HealthcheckError, healthcheck};
pub use hosts::{Hosts, InvalidHost};
pub use listen::{ListenError, announce, bind};
pub use shutdown::Shutdown;
pub use stderr_log::StderrLog;
