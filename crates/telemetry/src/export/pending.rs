//! A shutdown or flush of OpenTelemetry, with a deadline.

use std::sync::mpsc::{Receiver, channel};
use std::thread::Builder;
use std::time::Instant;

/// A shutdown or flush on a thread of its own, because OpenTelemetry's may exceed its time limit.
#[derive(Debug)]
#[must_use = "wait for it"]
pub(crate) struct Pending(Receiver<bool>);

impl Pending {
    /// Begins `work`, which returns whether it succeeded.
    pub(crate) fn begin(work: impl FnOnce() -> bool + Send + 'static) -> Self {
        let (sender, outcome) = channel();
        // If the thread cannot start, `sender` is dropped with the closure, and `wait` returns at once.
        let _ = Builder::new().name("telemetry-stop".to_owned()).spawn(move || {
            // Nobody waits any more after the deadline.
            let _ = sender.send(work());
        });
        Self(outcome)
    }

    /// Waits until the work has ended, or until `deadline`. Returns whether it succeeded. A failing exporter has logged
    /// its error.
    pub(crate) fn wait(self, deadline: Instant) -> bool {
        self.0.recv_timeout(deadline.saturating_duration_since(Instant::now())).unwrap_or(false)
    }
}
