//! The trace store and page: OTLP receivers, query API, user interface.
//!
//! | module | what lives there |
//! |---|---|
//! | [`config`] | what the environment says, checked before anything is opened |
//! | [`run`] | from configuration to a running process and to its end |
//! | `arguments` | what the binary can be told beside its variables |
//! | `access` | who may read and who may send, where a token is asked for |
//! | `receiver` | OTLP over HTTP and gRPC: two doors to one way in |
//! | `changes` | which traces changed, for those who watch |
//! | `query` | the answers: for the page, for what knows Jaeger, as a stream |
//! | `pages` | the embedded files of `ui/` |
//! | `healthcheck` | `waterfall healthcheck` |
//! | `heap` | one heap for all threads |
//! | `log` | what is said on standard error |
//! | `seldom` | lines for the log that strangers can cause |
//!
//! What a trace is lives in `trace-model`, what is kept in `trace-store`; here is the shell around them.

mod access;
mod announce;
mod arguments;
mod changes;
pub mod config;
mod healthcheck;
mod heap;
mod log;
mod pages;
mod query;
mod receiver;
mod run;
mod seldom;

use std::{error::Error, process::ExitCode};

pub use announce::{Listening, announce};
pub use arguments::main;
pub use config::{Config, ConfigError};
pub use run::{RunError, run};

/// Serves as the variables say, looked up through `setting`, until it is told to stop, and says how that went.
/// `announce` is called once everything listens. This is for the main function of a process: with glibc it starts the
/// process once more, with the same arguments, so that all of its threads share one heap.
pub fn serve(setting: impl Fn(&str) -> Option<String>, announce: impl FnOnce(&Listening)) -> ExitCode {
    let start = || -> Result<(), Box<dyn Error + Send + Sync>> {
        let config = Config::from_env(setting)?;
        let shared = heap::share();
        log::to_stderr();
        if let Err(error) = shared {
            tracing::warn!(%error, "cannot start again with one heap: memory may pass its limit");
        }
        Ok(run(config, announce)?)
    };
    exit_code(start().map_err(|error| chain(error.as_ref())))
}

/// Asks the one that the environment names whether it is ready.
pub fn healthcheck() -> ExitCode {
    exit_code(healthcheck::ask().map_err(|error| chain(&error)))
}

fn exit_code(outcome: Result<(), String>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("waterfall: {error}");
            ExitCode::FAILURE
        }
    }
}

/// An error and its sources, on one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
