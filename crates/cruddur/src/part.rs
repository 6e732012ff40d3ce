//! One part of the system as this process: what the launcher starts four times, and containers once each.

use std::io::Read as _;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anstyle::AnsiColor;
use clap::ValueEnum;
use rustix::process::{Signal, getpid, kill_process};

/// How long a part may drain once its launcher is gone. Then it goes as well, whatever it is doing.
const ALONE: Duration = Duration::from_secs(20);

/// The four, in the order in which they start: each needs only those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Part {
    Waterfall,
    Users,
    Activities,
    Gateway,
}

impl Part {
    /// In the order in which they start. They stop in the opposite one, so that no span is lost.
    pub(crate) const ALL: [Self; 4] = [Self::Waterfall, Self::Users, Self::Activities, Self::Gateway];

    /// Its `service.name`, and the prefix of its variables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Waterfall => "waterfall",
            Self::Users => "users",
            Self::Activities => "activities",
            Self::Gateway => "gateway",
        }
    }

    /// Its colour, in logs and in traces.
    pub(crate) fn color(self) -> AnsiColor {
        match self {
            Self::Waterfall => AnsiColor::Yellow,
            Self::Users => AnsiColor::Green,
            Self::Activities => AnsiColor::Magenta,
            Self::Gateway => AnsiColor::Cyan,
        }
    }
}

/// Runs the part to its end. It reads its configuration, and `healthcheck`, from its own process.
pub(crate) fn run(part: Part, healthcheck: bool, while_stdin_is_open: bool) -> ExitCode {
    if while_stdin_is_open {
        thread::spawn(stop_at_end_of_input);
    }
    match part {
        Part::Waterfall if healthcheck => waterfall::healthcheck(),
        Part::Waterfall => waterfall::serve(|name| std::env::var(name).ok(), waterfall::announce),
        Part::Users => users::main(),
        Part::Activities => activities::main(),
        Part::Gateway => gateway::main(),
    }
}

/// A launcher that was killed cannot stop its parts, but the system closes its end of this pipe: a part then stops
/// as if told to. Unlike a signal on the parent's death this holds no race, needs no Linux, and lets the part drain.
fn stop_at_end_of_input() {
    let mut input = std::io::stdin().lock();
    let mut ignored = [0; 64];
    while matches!(input.read(&mut ignored), Ok(1..)) {}
    let _told = kill_process(getpid(), Signal::TERM);
    thread::sleep(ALONE);
    std::process::exit(1);
}
