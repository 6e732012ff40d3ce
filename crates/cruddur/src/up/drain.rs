//! Graceful stop of the parts: gateway, activities, users, waterfall.
//!
//! A part gets SIGTERM only after the previous one has ended. So a service still answers while its callers drain,
//! and the waterfall still receives the last spans.

use std::time::Duration;

use rustix::process::Signal;

use super::logs::log_launcher;
use super::process::RunningPart;
use super::signals::Signals;

/// How long a part may drain: longer than its request timeout (10 s) and its last export together.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(15);

/// Stops all parts in reverse start order. Returns whether a second stop signal killed them.
pub(super) async fn stop_all(running: Vec<RunningPart>, signals: &mut Signals) -> bool {
    let in_order = async {
        for process in running.iter().rev() {
            stop_one(process).await;
        }
    };
    tokio::select! {
        () = in_order => false,
        () = signals.stop_requested() => {
            log_launcher("second stop signal: killing all parts");
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
        Ok(Some(status)) => log_launcher(&format!("{name} failed while stopping ({status})")),
        Ok(None) => log_launcher(&format!("{name} stopped with unknown status")),
        Err(_) => {
            log_launcher(&format!("{name} did not stop within {} s: killing it", DRAIN_TIMEOUT.as_secs()));
            process.signal(Signal::KILL);
            process.end().await;
        }
    }
}
