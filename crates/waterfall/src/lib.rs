//! The trace store and page: OTLP receivers, query API, user interface.
//!
//! | module | what lives there |
//! |---|---|
//! | [`config`] | what the environment says, checked before anything is opened |
//! | [`run`] | from configuration to a running process and to its end |
//! | `receiver` | OTLP over HTTP and gRPC: two doors to one way in |
//! | `changes` | which traces changed, for those who watch |
//! | `query` | the answers: for the page, for what knows Jaeger, as a stream |
//! | `pages` | the embedded files of `ui/` |
//! | `healthcheck` | `waterfall healthcheck` |
//!
//! What a trace is lives in `trace-model`, what is kept in `trace-store`; here is the shell around them.

mod announce;
mod changes;
pub mod config;
mod healthcheck;
mod pages;
mod query;
mod receiver;
mod run;

use std::{error::Error, process::ExitCode};

pub use config::{Config, ConfigError};
pub use run::{RunError, run};

/// The process: reads the environment, runs until it is told to stop, and says how that went. `healthcheck` as the
/// last argument asks a running one instead.
pub fn main() -> ExitCode {
    let outcome = if std::env::args().next_back().is_some_and(|last| last == healthcheck::ARGUMENT) {
        healthcheck::ask().map_err(Into::into)
    } else {
        serve()
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("waterfall: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<(), Box<dyn Error + Send + Sync>> {
    let config = Config::from_env(|name| std::env::var(name).ok())?;
    log_to_stderr();
    Ok(run(config)?)
}

/// Plain lines; `RUST_LOG` says which. Nothing here is traced: the store would trace its own receiving.
fn log_to_stderr() {
    use std::io::IsTerminal;
    use tracing_subscriber::EnvFilter;

    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,actix_server=warn"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    // Whoever embeds this may have set one up already.
    let _ = log.try_init();
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
