//! Limits warnings to one per minute, so that an outage does not flood the log.

use std::time::{Duration, Instant};

const INTERVAL: Duration = Duration::from_secs(60);

/// Remembers the time of the last warning.
#[derive(Debug, Default)]
pub(crate) struct LogLimiter {
    last: Option<Instant>,
}

impl LogLimiter {
    /// Logs a warning, unless it logged one within the last minute. Returns whether it did.
    pub(crate) fn warn(&mut self, what: &str, why: &str) -> bool {
        let due = self.due(Instant::now());
        if due {
            tracing::warn!(target: "telemetry::export", reason = why, "{what}");
        }
        due
    }

    /// Whether a warning is due. If so, it counts as logged.
    fn due(&mut self, now: Instant) -> bool {
        let due = self.last.is_none_or(|last| now.saturating_duration_since(last) >= INTERVAL);
        if due {
            self.last = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_warning_within_a_minute_is_suppressed() {
        let mut warnings = LogLimiter::default();
        assert!(warnings.warn("a", "b"));
        assert!(!warnings.warn("a", "b"));
    }

    #[test]
    fn a_lasting_outage_is_logged_every_minute() {
        let mut warnings = LogLimiter::default();
        let began = Instant::now();
        let logged = (0..=150).filter(|second| warnings.due(began + Duration::from_secs(*second)));
        assert_eq!(logged.collect::<Vec<_>>(), [0, 60, 120]);
    }
}
