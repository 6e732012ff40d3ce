//! The trace store and page: OTLP receivers, query API, user interface.
//!
//! | module | what lives there |
//! |---|---|
//! | [`config`] | what the environment says, checked before anything is opened |
//! | [`run`] | from configuration to a running process and to its end |
//! | `cli` | command line of the binary |
//! | `access` | who may read and who may send, where a token is asked for |
//! | `receiver` | OTLP over HTTP and gRPC: two doors to one way in |
//! | `changes` | which traces changed, for those who watch |
//! | `query` | the answers: for the page, for what knows Jaeger, as a stream |
//! | `pages` | the embedded files of `ui/` |
//! | `announce` | the addresses that the process listens on, and their announcement |
//! | `heap` | one heap for all threads |
//! | `log` | what is said on standard error |
//! | `seldom` | lines for the log that strangers can cause |
//!
//! What a trace is lives in `trace-model`, what is kept in `trace-store`; here is the shell around them.

mod access;
mod announce;
mod api;
mod changes;
mod cli;
pub mod config;
mod log_limiter;
mod malloc_env;
mod pages;
mod receiver;
mod run;
mod stderr_log;

use std::process::ExitCode;

use process::BoxError;

pub use announce::{Endpoints, announce};
pub use cli::{cli, execute, main};
pub use config::{Config, ConfigError};
pub use run::{RunError, run};

/// Name of the process in its output.
const NAME: &str = "waterfall";

/// Serves as the variables say, looked up through `setting`, until it is told to stop, and says how that went.
/// `announce` is called once everything listens. This is for the main function of a process: with glibc it starts the
/// process once more, with the same arguments, so that all of its threads share one heap.
pub fn serve(setting: impl Fn(&str) -> Option<String>, announce: impl FnOnce(&Endpoints)) -> ExitCode {
    let start = || -> Result<(), BoxError> {
        let config = Config::from_env(setting)?;
        let shared = malloc_env::apply();
        stderr_log::init();
        if let Err(error) = shared {
            tracing::warn!(%error, "cannot start again with one heap: memory may pass its limit");
        }
        Ok(run(config, announce)?)
    };
    process::exit_code(NAME, start())
}

/// Checks that the process which the environment configures is ready.
pub fn healthcheck() -> ExitCode {
    let check = || -> Result<(), BoxError> { Ok(process::healthcheck(config::page_address()?)?) };
    process::exit_code(NAME, check())
}
