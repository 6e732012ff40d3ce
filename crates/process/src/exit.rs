//! `main` of a part, and its exit code: 0 for success, 1 for a failure, 2 for a wrong command line.

use std::error::Error;
use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::error_chain::error_chain;
use crate::stderr_log::StderrLog;

/// Any error that ends a process.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Parses the arguments of this process and runs what they ask for.
pub fn main(cli: &Cli, run: impl FnOnce(Command) -> ExitCode) -> ExitCode {
    match cli.parse(std::env::args_os()) {
        Ok(command) => run(command),
        Err(exit_code) => exit_code,
    }
}

/// The exit code of a part that ended with `outcome`. Writes an error to standard error, as one line.
pub fn exit_code(name: &str, outcome: Result<(), BoxError>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            StderrLog::new().print_line(&format!("{name}: {}", error_chain(error.as_ref())));
            ExitCode::FAILURE
        }
    }
}
