//! One part of the system in this process: the launcher starts four of them, a container one.

use std::io::Read as _;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anstyle::AnsiColor;
use process::{Cli, Command};
use rustix::process::{Signal, getpid, kill_process};

/// How long a part may drain once its launcher is gone. It exits after that, whatever it is doing.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(20);

/// A part of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    Waterfall,
    Users,
    Activities,
    Gateway,
}

impl Part {
    /// In start order: each part needs only those before it. They stop in reverse order, so that no span is lost.
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

    /// Its command line.
    pub(crate) fn cli(self) -> Cli {
        match self {
            Self::Waterfall => waterfall::cli(),
            Self::Users => users::PART.cli(),
            Self::Activities => activities::PART.cli(),
            Self::Gateway => gateway::PART.cli(),
        }
    }

    /// Its colour in logs and traces.
    pub(crate) fn color(self) -> AnsiColor {
        match self {
            Self::Waterfall => AnsiColor::Yellow,
            Self::Users => AnsiColor::Green,
            Self::Activities => AnsiColor::Magenta,
            Self::Gateway => AnsiColor::Cyan,
        }
    }
}

/// Runs the part to its end.
pub(crate) fn run(part: Part, command: Command, while_stdin_is_open: bool) -> ExitCode {
    if while_stdin_is_open {
        thread::spawn(stop_at_end_of_input);
    }
    match part {
        Part::Waterfall => waterfall::execute(command),
        Part::Users => users::execute(command),
        Part::Activities => activities::execute(command),
        Part::Gateway => gateway::execute(command),
    }
}

/// A launcher that was killed cannot stop its parts, but the system closes its end of this pipe. The part then stops as
/// after SIGTERM. Unlike a signal on the parent's death this has no race, needs no Linux, and lets the part drain.
fn stop_at_end_of_input() {
    let mut input = std::io::stdin().lock();
    let mut ignored = [0; 64];
    while matches!(input.read(&mut ignored), Ok(1..)) {}
    let _sent = kill_process(getpid(), Signal::TERM);
    thread::sleep(DRAIN_TIMEOUT);
    std::process::exit(1);
}
