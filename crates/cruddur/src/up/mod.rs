//! The launcher: starts the four parts as child processes, watches them, and drains them.
//!
//! - [`config`]: environment of each part (pure)
//! - [`launch`]: spawning a part and waiting until it is ready
//! - [`addresses`]: URLs of the parts
//! - [`process`]: a running part: exit status and signals
//! - [`logs`]: prefixed log lines
//! - [`banner`]: what is printed once everything is ready
//! - [`drain`]: stopping in an order that loses no span

mod addresses;
mod banner;
mod config;
mod drain;
mod launch;
mod logs;
mod process;
mod signals;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::cli::Up;
use crate::data_dir::DataDir;
use crate::part::Part;

use addresses::Addresses;
use banner::StartupBanner;
use config::LaunchConfig;
use logs::log_launcher;
use process::RunningPart;
use signals::Signals;

/// Starts all parts, waits for a stop signal, drains.
pub(crate) async fn run(up: Up) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen().context("cannot install signal handlers")?;
    let data = DataDir::create(up.data.as_deref(), up.random_ports)?;
    let config = LaunchConfig::from_environment(data.path.clone(), up.random_ports);
    let mut running = Vec::new();
    let mut addresses = Addresses::default();
    let started = tokio::select! {
        started = start_all(&config, &mut running, &mut addresses) => Some(started),
        () = signals.stop_requested() => None,
    };
    let code = match started {
        Some(Ok(())) => match announce(&up, &config, &running, &addresses) {
            Ok(()) => serve(&running, &config, &addresses, &mut signals).await,
            Err(error) => {
                log_launcher(&format!("{error:#}"));
                ExitCode::FAILURE
            }
        },
        Some(Err(error)) => {
            log_launcher(&format!("{error:#}"));
            ExitCode::FAILURE
        }
        None => ExitCode::SUCCESS,
    };
    let forced = drain::stop_all(running, &mut signals).await;
    if let Err(error) = data.remove() {
        log_launcher(&format!("{error:#}"));
    }
    Ok(if forced { ExitCode::from(130) } else { code })
}

async fn start_all(
    config: &LaunchConfig,
    running: &mut Vec<RunningPart>,
    addresses: &mut Addresses,
) -> anyhow::Result<()> {
    for part in Part::ALL {
        let (process, starting) = launch::spawn(part, config.environment(part, addresses))?;
        let ready = starting.ready(running.push_mut(process)).await?;
        addresses.record(part, &ready)?;
    }
    Ok(())
}

fn announce(
    up: &Up,
    config: &LaunchConfig,
    running: &[RunningPart],
    addresses: &Addresses,
) -> anyhow::Result<()> {
    let text = if up.json {
        let pids: serde_json::Map<_, _> =
            running.iter().map(|process| (process.part.name().to_owned(), process.pid.into())).collect();
        addresses.to_json(&pids).to_string()
    } else {
        StartupBanner::new(addresses, config).to_string()
    };
    let mut out = anstream::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).context("cannot write to standard output")
}

/// Reports parts that end. Returns after a stop signal, or when no part is left.
async fn serve(
    running: &[RunningPart],
    config: &LaunchConfig,
    addresses: &Addresses,
    signals: &mut Signals,
) -> ExitCode {
    let mut remaining: Vec<&RunningPart> = running.iter().collect();
    while !remaining.is_empty() {
        let part = tokio::select! {
            part = process::next_end(&remaining) => part,
            () = signals.stop_requested() => {
                log_launcher("stopping after requests in flight are finished; a second signal kills everything");
                return ExitCode::SUCCESS;
            }
        };
        remaining.retain(|process| {
            let ended = process.part == part;
            if ended {
                log_launcher(&process.exit_report(&config.restart_command(part, addresses)));
            }
            !ended
        });
    }
    log_launcher("all parts have ended");
    ExitCode::FAILURE
}
