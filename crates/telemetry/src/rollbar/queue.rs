//! The bounded queue between the threads of requests and the sending thread. When it is full, the new error is dropped.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::occurrence::Occurrence;

/// Errors that wait to be sent. Each has the attributes of a request and the fields of an event, a few KiB.
const CAPACITY: usize = 100;

/// Errors that wait to be sent.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// Notified when there is an error to send, and at shutdown.
    wake: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Occurrence>,
    dropped: u64,
    /// The deadline for what is left, once shutdown has begun.
    deadline: Option<Instant>,
}

impl Queue {
    /// Adds an error. Drops and counts it when there is no room, or shutdown has begun.
    pub(super) fn push(&self, occurrence: Occurrence) {
        let mut state = self.lock();
        if state.waiting.len() >= CAPACITY || state.deadline.is_some() {
            state.dropped += 1;
        } else {
            state.waiting.push_back(occurrence);
            drop(state);
            self.wake.notify_one();
        }
    }

    /// Waits for the next error. `None` once shutdown has begun and nothing is left, or the deadline has passed.
    pub(super) fn take(&self) -> Option<Occurrence> {
        let mut state = self.lock();
        loop {
            if state.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return None;
            }
            if let Some(occurrence) = state.waiting.pop_front() {
                return Some(occurrence);
            }
            if state.deadline.is_some() {
                return None;
            }
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits before the next attempt, and no longer than until the deadline of shutdown. Returns whether there is time
    /// for another attempt.
    pub(super) fn pause(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        let mut state = self.lock();
        loop {
            let deadline = state.deadline.unwrap_or(until);
            if deadline < until {
                return false;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            state = self.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The time that one request may take.
    pub(super) fn time_left(&self, limit: Duration) -> Duration {
        let deadline = self.lock().deadline;
        deadline.map_or(limit, |deadline| deadline.saturating_duration_since(Instant::now()).min(limit))
    }

    pub(super) fn count_dropped(&self) {
        self.lock().dropped += 1;
    }

    /// Begins shutdown: what is left is sent until `deadline`.
    pub(super) fn stop(&self, deadline: Instant) {
        self.lock().deadline = Some(deadline);
        self.wake.notify_all();
    }

    /// The errors that were dropped since the start, and those that still wait.
    pub(super) fn undelivered(&self) -> u64 {
        let state = self.lock();
        state.dropped + state.waiting.len() as u64
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
