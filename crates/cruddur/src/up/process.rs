//! A part that runs: its end, and the signals for it.

use std::process::ExitStatus;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::logs::LastLine;
use crate::part::Part;

/// A process whose end somebody waits for, so that a signal never goes to a stranger that got its number.
pub(super) struct RunningPart {
    pub(super) part: Part,
    pub(super) pid: u32,
    ended: watch::Receiver<Option<ExitStatus>>,
    signals: mpsc::UnboundedSender<Signal>,
    last_line: LastLine,
}

impl RunningPart {
    pub(super) fn watch(part: Part, child: Child, last_line: LastLine) -> Self {
        let pid = child.id().unwrap_or_default();
        let (report, ended) = watch::channel(None);
        let (signals, orders) = mpsc::unbounded_channel();
        tokio::spawn(supervise(child, orders, report));
        Self { part, pid, ended, signals, last_line }
    }

    /// Sends a signal, unless it has ended.
    pub(super) fn signal(&self, signal: Signal) {
        let _has_ended = self.signals.send(signal);
    }

    /// Returns at its end: at once, if that was before.
    pub(super) async fn end(&self) -> Option<ExitStatus> {
        let mut ended = self.ended.clone();
        ended.wait_for(Option::is_some).await.ok().and_then(|status| *status)
    }

    pub(super) fn status(&self) -> Option<ExitStatus> {
        *self.ended.borrow()
    }

    /// The last that it said on standard error.
    pub(super) fn last_log_line(&self) -> Option<String> {
        self.last_line.last()
    }

    /// How it ended, and what to do.
    pub(super) fn exit_report(&self, restart: &str) -> String {
        let how = self.status().map_or_else(|| "for no known reason".to_owned(), |status| status.to_string());
        let without = match self.part {
            Part::Waterfall => "requests are answered, but nobody keeps their traces",
            Part::Users => "the feed is answered without display names, as partial",
            Part::Activities => "the feed answers 503, profiles are partial",
            Part::Gateway => "nothing is answered from outside",
        };
        let part = self.part.name();
        format!("{part} has ended ({how}); the rest goes on: {without}. Start it again with\n    {restart}")
    }
}

/// Waits for the end of one of these.
pub(super) async fn next_end(running: &[&RunningPart]) -> Part {
    let mut watchers = JoinSet::new();
    for process in running {
        let (part, mut ended) = (process.part, process.ended.clone());
        watchers.spawn(async move {
            let over = ended.wait_for(Option::is_some).await.is_ok();
            (part, over)
        });
    }
    match watchers.join_next().await {
        Some(Ok((part, _over_either_way))) => part,
        Some(Err(_)) | None => std::future::pending().await,
    }
}

async fn supervise(
    mut child: Child,
    mut orders: mpsc::UnboundedReceiver<Signal>,
    report: watch::Sender<Option<ExitStatus>>,
) {
    // Waiting would close it, and the part stops when it is closed.
    let _held_while_we_live = child.stdin.take();
    loop {
        tokio::select! {
            status = child.wait() => {
                report.send_replace(status.ok());
                return;
            }
            Some(signal) = orders.recv() => {
                let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
                if let Some(pid) = pid {
                    let _ends_by_itself = kill_process(pid, signal);
                }
            }
        }
    }
}
