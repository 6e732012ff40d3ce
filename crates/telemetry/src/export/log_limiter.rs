//! An outage is told of once a minute, not once an attempt.

use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_mins(1);

/// When the last warning was.
#[derive(Debug, Default)]
pub(crate) struct LogLimiter {
    last: Option<Instant>,
}

impl LogLimiter {
    /// Warns, unless it did so within the last minute; says whether it did.
    pub(crate) fn warn(&mut self, what: &str, why: &str) -> bool {
        let due = self.due(Instant::now());
        if due {
            tracing::warn!(target: "telemetry::export", reason = why, "{what}");
        }
        due
    }

    /// Whether one may be said now; if so, it counts as said.
    fn due(&mut self, now: Instant) -> bool {
        let due = self.last.is_none_or(|last| now.saturating_duration_since(last) >= PAUSE);
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
    fn a_second_warning_within_a_minute_is_not_said() {
        let mut warnings = LogLimiter::default();
        assert!(warnings.warn("a", "b"));
        assert!(!warnings.warn("a", "b"));
    }

    #[test]
    fn an_outage_that_lasts_is_told_of_every_minute() {
        let mut warnings = LogLimiter::default();
        let began = Instant::now();
        let said = (0..=150).filter(|second| warnings.due(began + Duration::from_secs(*second)));
        assert_eq!(said.collect::<Vec<_>>(), [0, 60, 120]);
    }
}
