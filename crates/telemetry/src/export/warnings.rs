//! An outage is told of once a minute, not once an attempt.

use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_mins(1);

/// When the last warning was.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    last: Option<Instant>,
}

impl Warnings {
    /// Warns, unless it did so within the last minute; says whether it did.
    pub(crate) fn say(&mut self, what: &str, why: &str) -> bool {
        if self.last.is_some_and(|last| last.elapsed() < PAUSE) {
            return false;
        }
        self.last = Some(Instant::now());
        tracing::warn!(target: "telemetry::export", reason = why, "{what}");
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_warning_within_a_minute_is_not_said() {
        let mut warnings = Warnings::default();
        assert!(warnings.say("a", "b"));
        assert!(!warnings.say("a", "b"));
    }
}
