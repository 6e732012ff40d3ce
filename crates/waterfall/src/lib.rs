//! The trace store and its page: OTLP receivers, query API, user interface.
//!
//! | module | what lives there |
//! |---|---|
//! | `cli` | command line of the binary |
//! | [`config`] | environment variables, checked before anything is opened |
//! | [`run`] | runs the process: bind, open the store, serve, drain |
//! | `announce` | the addresses that the process listens on, and their announcement |
//! | `access` | bearer tokens of the page and of the receivers |
//! | `receiver` | OTLP over HTTP and gRPC: two protocols, one ingest path |
//! | `changes` | notifications about changed traces |
//! | `api` | the query API: for the page, for Jaeger clients, as a stream |
//! | `pages` | the embedded files of `ui/` |
//! | `malloc_env` | one malloc arena for all threads |
//! | `stderr_log` | log lines on standard error |
//! | `log_limiter` | rate limit for log lines that untrusted clients can cause |
//!
//! The model of a trace is in `trace-model`, storage and search are in `trace-store`. This crate is the server around them.

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

/// Serves until the shutdown is requested, configured by the variables that `setting` looks up. Calls `announce` once
/// every port listens.
///
/// Only for the main function of a process: with glibc it executes the process again, with the same arguments, so that all
/// of its threads share one malloc arena.
pub fn serve(setting: impl Fn(&str) -> Option<String>, announce: impl FnOnce(&Endpoints)) -> ExitCode {
    let start = || -> Result<(), BoxError> {
        let config = Config::from_env(setting)?;
        let shared = malloc_env::apply();
        stderr_log::init();
        if let Err(error) = shared {
            tracing::warn!(%error, "cannot restart with one malloc arena: memory may exceed its limit");
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
