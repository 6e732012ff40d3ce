//! `main` of a service: configuration, telemetry, run, flush, exit code.

use std::error::Error;
use std::net::TcpListener;
use std::process::ExitCode;

use telemetry::server::TraceResponse;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::env::{self, ConfigError};
use crate::{healthcheck, listen};

/// Which part of the system a process is.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Its `service.name`, and the prefix of its variables: `users` listens on `USERS_ADDR`.
    pub name: &'static str,
    pub version: &'static str,
    /// Where it listens unless told otherwise.
    pub default_address: &'static str,
    /// Whom its answers tell the trace.
    pub traceresponse: TraceResponse,
}

impl Part {
    pub fn address_variable(&self) -> String {
        format!("{}_ADDR", self.name.to_uppercase())
    }
}

/// What a service runs on: its port, bound, and the word to stop.
pub struct Start {
    pub part: Part,
    pub listener: TcpListener,
    pub shutdown: Shutdown,
}

/// The word to stop, which every clone hears.
#[derive(Clone)]
pub struct Shutdown(watch::Receiver<bool>);

impl Shutdown {
    /// Returns once the process was asked to stop (SIGTERM or SIGINT).
    pub async fn requested(&self) {
        // An error says that whoever would ask is gone: that is a request, too.
        let _ = self.0.clone().wait_for(|requested| *requested).await;
    }

    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    fn on_signals() -> std::io::Result<Self> {
        let (sender, receiver) = watch::channel(false);
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::spawn(async move {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
            sender.send_replace(true);
            // Kept, so that the last receivers do not take its end for a request.
            sender.closed().await;
        });
        Ok(Self(receiver))
    }
}

/// Runs a service from its environment until it is asked to stop. The last argument `healthcheck` asks a running one.
///
/// In this order: read all configuration, bind the port, start telemetry, `run`, flush telemetry.
pub fn main<C, E: Into<Box<dyn Error + Send + Sync>>>(
    part: Part,
    configure: impl FnOnce() -> Result<C, ConfigError>,
    run: impl AsyncFnOnce(C, Start) -> Result<(), E>,
) -> ExitCode {
    let outcome = if std::env::args().skip(1).last().as_deref() == Some(healthcheck::ARGUMENT) {
        healthcheck::ask(part)
    } else {
        run_until_stopped(part, configure, run)
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {}", part.name, chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn run_until_stopped<C, E: Into<Box<dyn Error + Send + Sync>>>(
    part: Part,
    configure: impl FnOnce() -> Result<C, ConfigError>,
    run: impl AsyncFnOnce(C, Start) -> Result<(), E>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let variable = part.address_variable();
    let address = env::address(&variable, part.default_address)?;
    let config = configure()?;
    let listener = listen::bind(address, &variable)?;
    let telemetry = telemetry::init(telemetry::Service { name: part.name, version: part.version })?;
    let outcome = actix_web::rt::System::new().block_on(async {
        let shutdown = Shutdown::on_signals()?;
        run(config, Start { part, listener, shutdown }).await.map_err(Into::into)
    });
    if let Err(error) = telemetry.shutdown() {
        eprintln!("{}: the last spans may not have arrived: {}", part.name, chain(&error));
    }
    outcome
}

/// An error and its sources, on one line.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
