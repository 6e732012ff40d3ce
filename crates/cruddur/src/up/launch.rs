//! Spawning a part and waiting for its readiness line.

use std::collections::BTreeMap;
use std::io::PipeReader;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::process::Command;
use tokio::sync::oneshot;

use super::addresses::ReadinessLine;
use super::logs::{self, LastLine};
use super::process::RunningPart;
use crate::part::Part;

/// How long a part may take to become ready. Migrating a database takes the longest.
const READY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait for the rest of the log of a part that has ended.
const LOG_DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// A part that was spawned and is not ready yet.
pub(super) struct StartingPart {
    readiness: oneshot::Receiver<ReadinessLine>,
    log: thread::JoinHandle<()>,
}

/// Spawns a part. `environment` is added to the launcher's own.
pub(super) fn spawn(
    part: Part,
    environment: BTreeMap<String, String>,
) -> anyhow::Result<(RunningPart, StartingPart)> {
    let name = part.name();
    let (log, log_writer) = std::io::pipe().context("cannot make a pipe")?;
    let (output, output_writer) = std::io::pipe().context("cannot make a pipe")?;
    let mut command = Command::new(std::env::current_exe().context("cannot find this program's own file")?);
    command
        .args(["part", "--while-stdin-is-open", name])
        .envs(environment)
        .stdin(Stdio::piped())
        .stdout(output_writer)
        .stderr(log_writer)
        // Ctrl-C signals a whole process group. The launcher stops the parts in order instead.
        .process_group(0)
        .kill_on_drop(true);
    let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
    // `command` holds the write ends of the pipes. Once dropped, the readers end when the part ends.
    drop(command);

    let last_line = LastLine::default();
    let log = logs::forward(part, log, last_line.clone());
    let readiness = readiness(part, output, last_line.clone());
    Ok((RunningPart::watch(part, child, last_line), StartingPart { readiness, log }))
}

impl StartingPart {
    /// Waits for the readiness line.
    pub(super) async fn ready(self, process: &RunningPart) -> anyhow::Result<ReadinessLine> {
        let name = process.part.name();
        tokio::select! {
            Ok(ready) = self.readiness => Ok(ready),
            status = process.end() => {
                let log = tokio::task::spawn_blocking(|| self.log.join());
                let _best_effort = tokio::time::timeout(LOG_DRAIN_TIMEOUT, log).await;
                let how = status.map_or_else(String::new, |status| format!(" ({status})"));
                match process.last_log_line() {
                    Some(line) if line.contains("cannot listen on") => {
                        bail!("{name} did not start{how}: {line}; `--random-ports` chooses free ports for all parts")
                    }
                    Some(line) => bail!("{name} did not start{how}: {line}"),
                    None => bail!("{name} did not start{how}"),
                }
            }
            () = tokio::time::sleep(READY_TIMEOUT) => {
                bail!("{name} was not ready within {} s", READY_TIMEOUT.as_secs())
            }
        }
    }
}

/// Receives the first JSON line on standard output. All other lines are forwarded to the log.
fn readiness(part: Part, output: PipeReader, last_line: LastLine) -> oneshot::Receiver<ReadinessLine> {
    let (send, receive) = oneshot::channel();
    thread::spawn(move || {
        let mut waiting = Some(send);
        for line in logs::lines(output) {
            match (serde_json::from_str(&line), waiting.take()) {
                (Ok(ready), Some(send)) => drop(send.send(ready)),
                (_, still_waiting) => {
                    waiting = still_waiting;
                    logs::forward_line(part, &last_line, &line);
                }
            }
        }
    });
    receive
}
