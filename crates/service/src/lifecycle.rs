//! `main` of a service: command line, configuration, port, telemetry, run, flush, exit code.

use std::net::TcpListener;
use std::process::ExitCode;

use process::{BoxError, Cli, Command, ConfigError, Shutdown, Variable, error_chain};
use telemetry::server::TraceResponse;

use crate::env;

/// Variables that every service reads besides its address.
const COMMON_VARIABLES: [Variable; 5] = [
    Variable {
        name: "OTEL_EXPORTER_OTLP_ENDPOINT",
        default: "http://localhost:4318",
        help: "where spans are exported to",
    },
    Variable { name: "OTEL_TRACES_EXPORTER", default: "otlp", help: "none exports no spans" },
    Variable { name: "OTEL_SDK_DISABLED", default: "false", help: "true records no spans" },
    Variable { name: "OTEL_*", default: "", help: "sampling and export, as OpenTelemetry specifies" },
    Variable { name: "RUST_LOG", default: "info", help: "log level; no effect on tracing" },
];

/// A service as a part of the system.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Its `service.name`, and the prefix of its variables: `users` listens on `USERS_ADDR`.
    pub name: &'static str,
    pub version: &'static str,
    /// What it is, in one sentence, for `--help`.
    pub about: &'static str,
    /// The variable of the address that it listens on.
    pub address: Variable,
    /// Its other variables, for `--help`.
    pub variables: &'static [Variable],
    /// Which responses carry the trace.
    pub traceresponse: TraceResponse,
}

impl Part {
    /// Its command line.
    pub fn cli(&self) -> Cli {
        let variables = [&[self.address], self.variables, &COMMON_VARIABLES].concat();
        Cli { name: self.name, version: self.version, about: self.about, variables, notes: "" }
    }
}

/// What a service runs on: its bound ports and its shutdown.
pub struct Start {
    pub part: Part,
    pub listeners: Vec<TcpListener>,
    pub shutdown: Shutdown,
}

/// Parses the arguments of this process and executes what they ask for.
pub fn main(part: Part, execute: impl FnOnce(Command) -> ExitCode) -> ExitCode {
    process::main(&part.cli(), execute)
}

/// Does what the command line asked for. `configure` reads the service's own variables; `run` serves until the shutdown.
///
/// The order of a start: read all configuration, bind the ports, start telemetry, `run`, flush telemetry.
pub fn execute<C, E: Into<BoxError>>(
    part: Part,
    command: Command,
    configure: impl FnOnce() -> Result<C, ConfigError>,
    run: impl AsyncFnOnce(C, Start) -> Result<(), E>,
) -> ExitCode {
    let outcome = match command {
        Command::Serve => run_until_stopped(part, configure, run),
        Command::Healthcheck => check_health(part),
    };
    process::exit_code(part.name, outcome)
}

fn check_health(part: Part) -> Result<(), BoxError> {
    Ok(process::healthcheck_any(&env::addresses(part.address.name, part.address.default)?)?)
}

fn run_until_stopped<C, E: Into<BoxError>>(
    part: Part,
    configure: impl FnOnce() -> Result<C, ConfigError>,
    run: impl AsyncFnOnce(C, Start) -> Result<(), E>,
) -> Result<(), BoxError> {
    let addresses = env::addresses(part.address.name, part.address.default)?;
    let config = configure()?;
    let listeners = process::bind_all(&addresses, part.address.name)?;
    let telemetry = telemetry::init(telemetry::Service { name: part.name, version: part.version })?;
    for warning in part.cli().misspelt_variables() {
        tracing::warn!("{warning}");
    }
    let outcome = actix_web::rt::System::new().block_on(async {
        let shutdown = Shutdown::on_signals()?;
        run(config, Start { part, listeners, shutdown }).await.map_err(Into::into)
    });
    if let Err(error) = telemetry.shutdown() {
        let line = format!("{}: some spans may be lost: {}", part.name, error_chain(&error));
        process::StderrLog::new().print_line(&line);
    }
    outcome
}
