//! `cruddur`: the launcher and the command line.
//!
//! | file | what it does |
//! |---|---|
//! | `cli` | what can be typed |
//! | `part` | one part of the system as this process: what the launcher starts |
//! | `up/` | the launcher: four parts as processes of their own, from start to drained |
//! | `alone` | the waterfall alone, for anybody's program |
//! | `ask/` | `request` and `trace`: send one, wait for its trace |
//! | `terminal/` | the waterfall as text |
//! | `seed`, `token` | more data, and who may write |
//!
//! Only wiring here. A part takes over the whole process before any runtime is started, for it brings its own.

mod cli;
mod client;
mod colors;
mod links;
mod part;
mod seed;
mod standalone;
mod terminal;
mod token;
mod up;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;

use cli::{Cli, Command};

fn main() -> ExitCode {
    let Cli { command, up } = Cli::parse();
    let outcome = match command {
        Some(Command::Part(part)) => {
            return part::run(part.part, part.healthcheck.is_some(), part.while_stdin_is_open);
        }
        Some(Command::Waterfall(waterfall)) => return standalone::run(&waterfall),
        Some(Command::Up(up)) => block_on(up::run(up)),
        None => block_on(up::run(up)),
        Some(Command::Request(request)) => block_on(client::request(request)),
        Some(Command::Trace(trace)) => block_on(client::trace(trace)),
        Some(Command::Seed(seed)) => block_on(seed::run(seed)),
        Some(Command::Token(token)) => token::run(&token),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("cruddur: {error:#}");
        ExitCode::FAILURE
    })
}

fn block_on(work: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the asynchronous runtime")?;
    runtime.block_on(work)
}
