//! The launcher: four parts as processes of their own, from start to drained.
//!
//! - [`config`]: what each part is started with (pure)
//! - [`launch`]: starting one and hearing that it is ready
//! - [`process`]: one that runs: its end, and the signals for it
//! - [`logs`]: whose line it is
//! - [`banner`]: what is where, and what to try next
//! - [`drain`]: stopping them in an order that loses no span

mod banner;
mod config;
mod drain;
mod launch;
mod logs;
mod process;
mod signals;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use tempfile::TempDir;

use crate::cli::Up;
use crate::part::Part;
pub(crate) use config::{database_variable, sqlite_url};

use banner::StartupBanner;
use config::{Addresses, LaunchConfig};
use logs::log;
use process::RunningPart;
use signals::Signals;

/// Starts everything, serves until it is told to stop, drains.
pub(crate) async fn run(up: Up) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen().context("cannot listen to signals")?;
    let data = Data::of(&up)?;
    let config = LaunchConfig::from_environment(data.path.clone(), up.random_ports);
    let mut running = Vec::new();
    let mut addresses = Addresses::default();
    let started = tokio::select! {
        started = start_all(&config, &mut running, &mut addresses) => Some(started),
        () = signals.stop_requested() => None,
    };
    let code = match started {
        Some(Ok(())) => {
            announce(&up, &config, &running, &addresses)?;
            serve(&running, &config, &addresses, &mut signals).await
        }
        Some(Err(error)) => {
            log(&format!("{error:#}"));
            ExitCode::FAILURE
        }
        None => ExitCode::SUCCESS,
    };
    let forced = drain::stop_all(running, &mut signals).await;
    data.remove();
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
    writeln!(out, "{text}").and_then(|()| out.flush()).context("cannot say where everything is")
}

/// Returns when told to stop, or when nothing is left to serve.
async fn serve(
    running: &[RunningPart],
    config: &LaunchConfig,
    addresses: &Addresses,
    signals: &mut Signals,
) -> ExitCode {
    let mut left: Vec<&RunningPart> = running.iter().collect();
    while !left.is_empty() {
        let part = tokio::select! {
            part = process::next_end(&left) => part,
            () = signals.stop_requested() => {
                log("stopping: what is under way is finished first; once more stops at once");
                return ExitCode::SUCCESS;
            }
        };
        left.retain(|process| {
            let ended = process.part == part;
            if ended {
                log(&process.exit_report(&config.restart_command(part, addresses)));
            }
            !ended
        });
    }
    log("nothing runs any more");
    ExitCode::FAILURE
}

/// Where the databases are: a directory that stays, or one that goes with us.
struct Data {
    path: PathBuf,
    temporary: Option<TempDir>,
}

impl Data {
    fn of(up: &Up) -> anyhow::Result<Self> {
        let temporary = match (&up.data, up.random_ports) {
            (None, true) => {
                Some(TempDir::with_prefix("cruddur-").context("cannot make a temporary directory")?)
            }
            _ => None,
        };
        let path = match (&up.data, &temporary) {
            (Some(path), _) => path.clone(),
            (None, Some(temporary)) => temporary.path().to_owned(),
            (None, None) => PathBuf::from("data"),
        };
        let unusable = || format!("cannot use {} for data (--data)", path.display());
        std::fs::create_dir_all(&path).with_context(unusable)?;
        let path = path.canonicalize().with_context(unusable)?;
        Ok(Self { path, temporary })
    }

    fn remove(self) {
        if let Some(directory) = self.temporary
            && let Err(error) = directory.close()
        {
            log(&format!("the temporary directory {} stays: {error}", self.path.display()));
        }
    }
}
