//! `cruddur`: the launcher and the command line.
//!
//! | module | content |
//! |---|---|
//! | `cli` | arguments and help texts |
//! | `part` | runs one part in this process; the launcher starts four of these |
//! | `up/` | the launcher: starts four child processes, watches them, drains them |
//! | `standalone` | `cruddur waterfall`: the trace page for any program |
//! | `client/` | `request` and `trace`: send a request, wait for its trace, draw it |
//! | `terminal/` | the waterfall as text |
//! | `doctor/` | `cruddur doctor`: why the traces in a file or of a running system are broken |
//! | `check`, `marker` | one span to a destination, and what it answered; markers in Honeycomb |
//! | `mcp` | `cruddur mcp`: the traces of a waterfall as tools for an agent |
//! | `seed`, `token` | generated data, and bearer tokens |
//! | `data_dir`, `links`, `colors` | data directory, URLs for the browser, colours of the services |
//!
//! This file only dispatches. A part creates its own runtime, so it runs before any runtime is started here.

mod check;
mod cli;
mod client;
mod colors;
mod data_dir;
mod doctor;
mod links;
mod marker;
mod mcp;
mod part;
mod seed;
mod standalone;
mod terminal;
mod token;
mod up;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;

use cli::{Cli, Command, PartArgs, PartCommand};

fn main() -> ExitCode {
    let Cli { command, up } = Cli::parse();
    let outcome = match command {
        Some(Command::Part(PartArgs { part: PartCommand { part, command }, while_stdin_is_open })) => {
            return part::run(part, command, while_stdin_is_open);
        }
        Some(Command::Waterfall(waterfall)) => return standalone::run(&waterfall),
        Some(Command::Up(up)) => block_on(up::run(up)),
        None => block_on(up::run(up)),
        Some(Command::Request(request)) => block_on(client::request(request)),
        Some(Command::Trace(trace)) => block_on(client::trace(trace)),
        Some(Command::Doctor(doctor)) => return doctor::run(&doctor),
        Some(Command::Check(check)) => check::run(&check),
        Some(Command::Marker(marker)) => marker::run(&marker),
        Some(Command::Mcp(mcp)) => block_on(mcp::run(mcp)),
        Some(Command::Seed(seed)) => block_on(seed::run(seed)),
        Some(Command::Token(token)) => token::run(&token),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("cruddur: {error:#}");
        ExitCode::FAILURE
    })
}

fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the asynchronous runtime")?;
    runtime.block_on(work)
}
