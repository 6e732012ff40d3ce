//! Process skeleton that every part of the system shares, from its command line to its exit code.
//!
//! - [`Cli`]: command line of a part, and its variables; [`main`] parses it, [`exit_code`] reports how the part ended
//! - [`ConfigError`], [`addresses`]: environment variables with a wrong value, in one line that says what to change
//! - [`bind`], [`bind_all`], [`announce`]: a bound port, and the JSON line on standard output that tells where the part listens
//! - [`healthcheck_any`]: readiness check of a running part over loopback, for images without a shell
//! - [`Hosts`]: the hosts that a server answers for
//! - [`Shutdown`]: SIGTERM or SIGINT, observed by every clone
//! - [`StderrLog`]: log lines that never block the process
//! - [`error_chain`]: an error and its sources on one line
//!
//! A leaf crate: the services and the waterfall use it. It depends on neither, nor on telemetry or a web framework.

mod cli;
mod config;
mod error_chain;
mod exit;
#[path = "../../telemetry/src/env/harmless.rs"]
mod harmless;
mod healthcheck;
mod hosts;
mod listen;
mod misspelt;
#[path = "../../telemetry/src/env/nearest.rs"]
mod nearest;
mod shutdown;
#[path = "../../telemetry/src/stderr_log.rs"]
mod stderr_log;

pub use cli::{Cli, Command, Variable};
pub use config::{ConfigError, addresses};
pub use error_chain::error_chain;
pub use exit::{BoxError, exit_code, main};
pub use healthcheck::{HealthcheckError, healthcheck_any};
pub use hosts::{Hosts, InvalidHost, without_port};
pub use listen::{ListenError, announce, bind, bind_all};
pub use shutdown::Shutdown;
pub use stderr_log::StderrLog;
