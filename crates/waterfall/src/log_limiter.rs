//! Rate limit for log messages that untrusted clients can cause.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Allows one message per interval, and counts the suppressed ones.
#[derive(Debug)]
pub(crate) struct LogLimiter {
    interval: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    last_allowed: Option<Instant>,
    /// Messages since the last allowed one.
    count: u64,
}

impl LogLimiter {
    pub(crate) const fn new(interval: Duration) -> Self {
        Self { interval, state: Mutex::new(State { last_allowed: None, count: 0 }) }
    }

    /// Counts one message. Returns `None` when it is suppressed, otherwise the number of messages since the last
    /// allowed one, including this one.
    pub(crate) fn count(&self) -> Option<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.count += 1;
        if state.last_allowed.is_some_and(|last| last.elapsed() < self.interval) {
            return None;
        }
        state.last_allowed = Some(Instant::now());
        Some(std::mem::take(&mut state.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suppressed_messages_are_counted_with_the_next_allowed_one() {
        let limiter = LogLimiter::new(Duration::MAX);
        assert_eq!([limiter.count(), limiter.count(), limiter.count()], [Some(1), None, None]);
        limiter.state.lock().unwrap().last_allowed = None;
        assert_eq!(limiter.count(), Some(3));
    }
}
