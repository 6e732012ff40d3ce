//! Start of the process, and its health check: from environment variables to an exit code.

use std::process::ExitCode;

use process::{BoxError, Command};

use crate::{
    announce::{self, Endpoints, NAME},
    cli::cli,
    config::{self, Config},
    malloc_env,
    run::run,
    stderr_log,
};

/// The process of the binary.
pub fn main() -> ExitCode {
    process::main(&cli(), execute)
}

/// Does what the command line asked for, configured by the environment.
pub fn execute(command: Command) -> ExitCode {
    match command {
        Command::Serve => serve(|name| std::env::var(name).ok(), announce::announce),
        Command::Healthcheck => healthcheck(),
    }
}

/// Serves until a stop signal, configured by the variables that `setting` looks up. Calls `announce` when all ports are
/// open.
///
/// Call it from a process's main function only: with glibc it executes the process again, with the same arguments and
/// with other allocator settings.
pub fn serve(setting: impl Fn(&str) -> Option<String>, announce: impl FnOnce(&Endpoints)) -> ExitCode {
    let start = || -> Result<(), BoxError> {
        let config = Config::from_env(setting)?;
        let applied = malloc_env::apply();
        stderr_log::init();
        if let Err(error) = applied {
            tracing::warn!(%error, "cannot restart with a single malloc arena: memory may exceed its limit");
        }
        for warning in cli().misspelt_variables() {
            tracing::warn!("{warning}");
        }
        Ok(run(&config, announce)?)
    };
    process::exit_code(NAME, start())
}

/// Checks that the process which the environment configures is ready.
fn healthcheck() -> ExitCode {
    let check = || -> Result<(), BoxError> { Ok(process::healthcheck_any(&config::page_addresses()?)?) };
    process::exit_code(NAME, check())
}
