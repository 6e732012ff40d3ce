//! A running part: its exit status, its last log line, and sending signals to it.

use std::process::ExitStatus;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::logs::LastLine;
use crate::part::Part;

/// A child process supervised by a task. The task reaps the child and sends the signals, so a signal never reaches
/// another process that reuses the pid.
pub(super) struct RunningPart {
    pub(super) part: Part,
    pub(super) pid: u32,
    status: watch::Receiver<Option<ExitStatus>>,
    signals: mpsc::UnboundedSender<Signal>,
    last_line: LastLine,
}

impl RunningPart {
    pub(super) fn watch(part: Part, child: Child, last_line: LastLine) -> Self {
        let pid = child.id().unwrap_or_default();
        let (status_sender, status) = watch::channel(None);
        let (signals, signal_receiver) = mpsc::unbounded_channel();
        tokio::spawn(supervise(child, signal_receiver, status_sender));
        Self { part, pid, status, signals, last_line }
    }

    /// Sends a signal. Does nothing if the process has ended.
    pub(super) fn signal(&self, signal: Signal) {
        let _has_ended = self.signals.send(signal);
    }

    /// Waits until the process has ended; returns at once if it already has.
    pub(super) async fn end(&self) -> Option<ExitStatus> {
        let mut status = self.status.clone();
        status.wait_for(Option::is_some).await.ok().and_then(|status| *status)
    }

    pub(super) fn status(&self) -> Option<ExitStatus> {
        *self.status.borrow()
    }

    /// The last line that the part wrote.
    pub(super) fn last_log_line(&self) -> Option<String> {
        self.last_line.get()
    }

    /// Message for a part that ended by itself: how it ended, what no longer works, how to restart it.
    pub(super) fn exit_report(&self, restart_command: &str) -> String {
        let how = self.status().map_or_else(|| "unknown status".to_owned(), |status| status.to_string());
        let effect = match self.part {
            Part::Waterfall => "requests still work, but their traces are lost",
            Part::Users => "the home feed is partial, without display names",
            Part::Activities => "the home feed and profiles answer 503",
            Part::Gateway => "no request from outside is answered",
        };
        let part = self.part.name();
        format!(
            "{part} has ended ({how}); the other parts keep running: {effect}. Restart it with\n    {restart_command}"
        )
    }
}

/// Waits until one of these processes has ended, and returns its part.
pub(super) async fn next_end(running: &[&RunningPart]) -> Part {
    let mut watchers = JoinSet::new();
    for process in running {
        let (part, mut status) = (process.part, process.status.clone());
        watchers.spawn(async move {
            let ended = status.wait_for(Option::is_some).await.is_ok();
            (part, ended)
        });
    }
    match watchers.join_next().await {
        Some(Ok((part, _ended_either_way))) => part,
        Some(Err(_)) | None => std::future::pending().await,
    }
}

async fn supervise(
    mut child: Child,
    mut signals: mpsc::UnboundedReceiver<Signal>,
    status_sender: watch::Sender<Option<ExitStatus>>,
) {
    // `wait` closes standard input, and the part stops when its standard input is closed.
    let _keep_stdin_open = child.stdin.take();
    loop {
        tokio::select! {
            status = child.wait() => {
                status_sender.send_replace(status.ok());
                return;
            }
            Some(signal) = signals.recv() => {
                let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
                if let Some(pid) = pid {
                    let _may_have_ended = kill_process(pid, signal);
                }
            }
        }
    }
}
