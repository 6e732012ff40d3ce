//! Command line of a part: serve, `healthcheck`, `--help` and `--version`.
//!
//! A part is configured by environment variables alone. Its help lists them with their defaults.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::process::ExitCode;

use clap::ArgMatches;

use crate::stderr_log::StderrLog;

const HEALTHCHECK: &str = "healthcheck";
/// Exit code of a command line that cannot be parsed, as clap and most Unix tools use it.
const USAGE_ERROR: u8 = 2;

/// Description of a part's command line.
#[derive(Clone, Debug)]
pub struct Cli {
    pub name: &'static str,
    pub version: &'static str,
    /// What the part is, in one sentence.
    pub about: &'static str,
    /// The environment variables that it reads.
    pub variables: Vec<Variable>,
    /// Printed below the variables; may be empty.
    pub notes: &'static str,
}

/// An environment variable in the help.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    pub name: &'static str,
    /// Empty when the variable is unset by default.
    pub default: &'static str,
    /// May have several lines.
    pub help: &'static str,
}

/// What a command line asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Serve until SIGTERM or SIGINT.
    Serve,
    /// Check the readiness of the part that runs with the same environment.
    Healthcheck,
}

impl Cli {
    /// Parses the arguments of a process, the program's name included. Help and version go to standard output, an error
    /// to standard error.
    ///
    /// # Errors
    /// The exit code, when there is nothing to run: 0 after help and version, 2 after an error.
    pub fn parse(&self, arguments: impl IntoIterator<Item = OsString>) -> Result<Command, ExitCode> {
        self.definition().try_get_matches_from(arguments).map(|matches| Command::of(&matches)).map_err(
            |error| {
                if error.use_stderr() {
                    let text = error.to_string();
                    let reason = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
                    StderrLog::new().print_line(&format!(
                        "{name}: {reason}\nTry '{name} --help' for more information.",
                        name = self.name
                    ));
                    return ExitCode::from(USAGE_ERROR);
                }
                // A closed standard output is no reason to fail.
                let _ = error.print();
                ExitCode::SUCCESS
            },
        )
    }

    /// The same command line for clap, to nest it in another one. [`Command::of`] reads the matches.
    pub fn definition(&self) -> clap::Command {
        clap::Command::new(self.name)
            .version(self.version)
            .about(self.about)
            .after_help(self.after_help())
            .disable_help_subcommand(true)
            .subcommand(
                clap::Command::new(HEALTHCHECK)
                    .about("Check that the running process is ready; exits with 0 or 1"),
            )
    }

    fn after_help(&self) -> String {
        let mut text =
            "Without a command it serves until SIGTERM or Ctrl-C.\n\nEnvironment variables:".to_owned();
        let left = |Variable { name, default, .. }: &Variable| {
            if default.is_empty() { format!("  {name}") } else { format!("  {name}={default}") }
        };
        let width = self.variables.iter().map(|variable| left(variable).len()).max().unwrap_or(0) + 2;
        for variable in &self.variables {
            let mut lines = variable.help.lines();
            let _ = write!(text, "\n{:<width$}{}", left(variable), lines.next().unwrap_or_default());
            for line in lines {
                let _ = write!(text, "\n{:width$}{line}", "");
            }
        }
        if !self.notes.is_empty() {
            let _ = write!(text, "\n\n{}", self.notes);
        }
        text
    }
}

impl Command {
    /// Reads what [`Cli::definition`] matched.
    pub fn of(matches: &ArgMatches) -> Self {
        match matches.subcommand_name() {
            Some(HEALTHCHECK) => Self::Healthcheck,
            _ => Self::Serve,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cli() -> Cli {
        Cli {
            name: "part",
            version: "1.2.3",
            about: "A part.",
            variables: vec![
                Variable { name: "PART_ADDR", default: "127.0.0.1:1", help: "where it listens" },
                Variable { name: "PART_KEY", default: "", help: "a key;\nunset: none" },
            ],
            notes: "A note.",
        }
    }

    fn parse(arguments: &[&str]) -> Result<Command, ExitCode> {
        cli().parse(["part"].iter().chain(arguments).map(OsString::from))
    }

    #[test]
    fn the_definition_is_consistent() {
        cli().definition().debug_assert();
    }

    #[test]
    fn no_argument_means_serve() {
        assert_eq!(parse(&[]), Ok(Command::Serve));
        assert_eq!(parse(&["healthcheck"]), Ok(Command::Healthcheck));
    }

    #[test]
    fn unknown_arguments_are_usage_errors_and_help_is_not() {
        for arguments in [&["--port"][..], &["serve"], &["healthcheck", "now"], &[""]] {
            assert_eq!(parse(arguments), Err(ExitCode::from(2)), "{arguments:?}");
        }
        for arguments in [&["--help"][..], &["-h"], &["--version"], &["-V"]] {
            assert_eq!(parse(arguments), Err(ExitCode::SUCCESS), "{arguments:?}");
        }
    }

    #[test]
    fn help_aligns_variables_with_their_defaults() {
        let help = cli().definition().render_help().to_string();
        for line in [
            "A part.\n",
            "\n  PART_ADDR=127.0.0.1:1  where it listens\n",
            "\n  PART_KEY               a key;\n                         unset: none\n",
            "\n\nA note.",
        ] {
            assert!(help.contains(line), "{line:?} in {help}");
        }
    }
}
