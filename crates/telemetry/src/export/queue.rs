//! Finished spans wait here for the exporter's thread: bounded, counted, and cheap to push to.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::span::Finished;

/// A batch of finished spans.
pub(crate) type Batch = Vec<Box<Finished>>;

/// The queue between the threads that finish spans and the one that exports them.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    /// Spans that have been exported, emptied: their memory goes round, for what one thread allocates and another frees is dear.
    spare: Mutex<Batch>,
    /// Woken when a batch is full, or at the end.
    wake: Condvar,
    capacity: usize,
    batch: usize,
    counts: Counts,
}

#[derive(Debug, Default)]
struct State {
    spans: Batch,
    /// Set at the end: until when what is left may be exported.
    stopping: Option<Instant>,
}

/// What became of spans: the library's own health.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Arrived at the backend.
    pub(crate) exported: AtomicU64,
    /// Found the queue full.
    pub(crate) dropped_full: AtomicU64,
    /// Came after the shutdown.
    pub(crate) dropped_late: AtomicU64,
    /// Given up after retries, or refused by the backend.
    pub(crate) dropped_failed: AtomicU64,
    /// Exports that did not succeed, each attempt for itself.
    pub(crate) failures: AtomicU64,
}

impl Counts {
    /// All spans that will never arrive.
    pub(crate) fn dropped(&self) -> u64 {
        [&self.dropped_full, &self.dropped_late, &self.dropped_failed]
            .into_iter()
            .map(|count| count.load(Ordering::Relaxed))
            .sum()
    }
}

/// Adds `by` to a count.
pub(crate) fn count(counter: &AtomicU64, by: usize) {
    counter.fetch_add(u64::try_from(by).unwrap_or(u64::MAX), Ordering::Relaxed);
}

impl Queue {
    pub(crate) fn new(capacity: usize, batch: usize) -> Self {
        let capacity = capacity.max(1);
        Self {
            state: Mutex::new(State::default()),
            spare: Mutex::new(Vec::new()),
            wake: Condvar::new(),
            capacity,
            batch: batch.clamp(1, capacity),
            counts: Counts::default(),
        }
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many spans wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().spans.len()
    }

    /// The memory of a span that has been exported.
    pub(crate) fn spare(&self) -> Option<Box<Finished>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Gives the memory of exported spans back; what is more than a batch is let go.
    pub(super) fn recycle(&self, mut batch: Batch) {
        batch.truncate(self.batch);
        batch.retain_mut(|finished| {
            // What came through OpenTelemetry's own API has another scope, which stays with it.
            finished.clear();
            finished.data.instrumentation_scope.name() == "telemetry"
        });
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let room = self.batch.saturating_sub(spare.len());
        batch.truncate(room);
        spare.append(&mut batch);
    }

    /// Never blocks for longer than a push takes; a full queue drops the span and counts it.
    pub(crate) fn push(&self, span: Box<Finished>) {
        let mut state = self.lock();
        if state.stopping.is_some() {
            count(&self.counts.dropped_late, 1);
            return;
        }
        if state.spans.len() >= self.capacity {
            count(&self.counts.dropped_full, 1);
            return;
        }
        state.spans.push(span);
        let full = state.spans.len() == self.batch;
        drop(state);
        if full {
            self.wake.notify_one();
        }
    }

    /// Waits until a batch is full, `delay` has passed, or the end has come. `None` once the end has come and nothing is left.
    pub(crate) fn take(&self, delay: Duration) -> Option<Batch> {
        let deadline = Instant::now() + delay;
        let mut state = self.lock();
        while state.spans.len() < self.batch && state.stopping.is_none() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        if state.spans.is_empty() && state.stopping.is_some() {
            return None;
        }
        if state.spans.len() <= self.batch {
            return Some(std::mem::replace(&mut state.spans, Vec::with_capacity(self.batch)));
        }
        let rest = state.spans.split_off(self.batch);
        Some(std::mem::replace(&mut state.spans, rest))
    }

    /// No more spans come; the exporter takes what is left and ends, by `deadline` at the latest.
    pub(crate) fn stop(&self, deadline: Instant) {
        self.lock().stopping = Some(deadline);
        self.wake.notify_all();
    }

    /// When the exporter must have ended, once the end has come.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.lock().stopping
    }

    /// Waits before another attempt; the end cuts a wait short that began before it.
    pub(crate) fn pause(&self, length: Duration) {
        let until = Instant::now() + length;
        let mut state = self.lock();
        let began_before_the_end = state.stopping.is_none();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || (began_before_the_end && state.stopping.is_some()) {
                return;
            }
            state = self.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A push cannot panic half-way; what is there is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
