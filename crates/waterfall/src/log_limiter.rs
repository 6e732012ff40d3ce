//! Lines for the log that strangers can cause: not more of them than somebody can read.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Lets one line through in a while, and counts those that it keeps back.
#[derive(Debug)]
pub(crate) struct LogLimiter {
    between: Duration,
    state: Mutex<(Option<Instant>, u64)>,
}

impl LogLimiter {
    pub(crate) const fn new(between: Duration) -> Self {
        Self { between, state: Mutex::new((None, 0)) }
    }

    /// How many lines this one stands for, itself among them; None when it is kept back.
    pub(crate) fn lines(&self) -> Option<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, unsaid) = &mut *state;
        *unsaid += 1;
        if last.is_some_and(|last| last.elapsed() < self.between) {
            return None;
        }
        *last = Some(Instant::now());
        Some(std::mem::take(unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_back_is_counted_with_the_next() {
        let never = LogLimiter::new(Duration::MAX);
        assert_eq!([never.lines(), never.lines(), never.lines()], [Some(1), None, None]);
        never.state.lock().unwrap().0 = None;
        assert_eq!(never.lines(), Some(3));
    }
}
