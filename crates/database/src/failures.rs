//! Failures of the storage behind a connection pool.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::DatabaseError;

/// Failures of the storage behind a pool: no room, no write permission, an I/O error, a lost server.
#[derive(Clone, Default)]
pub(crate) struct Failures(Arc<State>);

#[derive(Default)]
struct State {
    last: Mutex<Option<Instant>>,
    /// No write has succeeded since the last failure.
    is_failing: AtomicBool,
    /// The failures of the pool that opens its connections again when writes succeed again.
    readers: Option<Failures>,
}

impl Failures {
    /// Those of writers, beside these `readers`.
    pub(crate) fn of_writers(readers: Self) -> Self {
        Self(Arc::new(State { readers: Some(readers), ..State::default() }))
    }

    /// Remembers the time of `error` if the storage caused it.
    pub(crate) fn record(&self, error: &sqlx::Error) {
        if DatabaseError::is_storage_failure(error) {
            self.record_now();
        }
    }

    pub(crate) fn record_now(&self) {
        *self.0.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.0.is_failing.store(true, Ordering::Relaxed);
    }

    /// A write has been carried out.
    pub(crate) fn record_write(&self) {
        // A swap alone would write to shared memory each time.
        if self.0.is_failing.load(Ordering::Relaxed)
            && self.0.is_failing.swap(false, Ordering::Relaxed)
            && let Some(readers) = &self.0.readers
        {
            readers.record_now();
        }
    }

    /// Whether the storage has failed within this time.
    pub(crate) fn within(&self, time: Duration) -> bool {
        self.0.last.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|at| at.elapsed() < time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_hours(1);

    #[test]
    fn readers_are_opened_again_when_writes_succeed_after_a_failure() {
        let readers = Failures::default();
        let writers = Failures::of_writers(readers.clone());
        writers.record_write();
        writers.record_now();
        assert!(writers.within(LONG) && !readers.within(LONG), "reading goes on while writes fail");
        writers.record_write();
        assert!(readers.within(LONG));
        let before = Instant::now();
        writers.record_write();
        assert!(!readers.within(before.elapsed()), "once for each failure");
    }
}
