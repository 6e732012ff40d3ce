//! Stopping: gateway, activities, users, waterfall. Each hears it only when the one before has ended, so that whoever
//! is still called answers, and the last spans find somebody who takes them.

use std::time::Duration;

use rustix::process::Signal;

use super::logs::log;
use super::process::RunningPart;
use super::signals::Signals;

/// How long a part may drain: longer than it gives its requests (10 s) and its last spans together.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(15);

/// Stops all, the last started first. A second word to stop ends them at once, and that is what it returns.
pub(super) async fn stop_all(running: Vec<RunningPart>, signals: &mut Signals) -> bool {
    let in_order = async {
        for process in running.iter().rev() {
            stop_one(process).await;
        }
    };
    tokio::select! {
        () = in_order => false,
        () = signals.stop_requested() => {
            log("stopping at once");
            for process in &running {
                process.signal(Signal::KILL);
            }
            for process in &running {
                process.end().await;
            }
            true
        }
    }
}

async fn stop_one(process: &RunningPart) {
    if process.status().is_some() {
        return;
    }
    let name = process.part.name();
    process.signal(Signal::TERM);
    match tokio::time::timeout(DRAIN_TIMEOUT, process.end()).await {
        Ok(Some(status)) if status.success() => {}
        Ok(Some(status)) => log(&format!("{name} did not stop well ({status})")),
        Ok(None) => log(&format!("{name} stopped for no known reason")),
        Err(_) => {
            log(&format!("{name} has not stopped after {} s and is killed", DRAIN_TIMEOUT.as_secs()));
            process.signal(Signal::KILL);
            process.end().await;
        }
    }
}
