//! Finished spans wait here for the exporter's thread: bounded, counted, and cheap to push to.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::otlp::{Batch, SpanData};

/// The queue between the threads that finish spans and the one that exports them.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    /// Woken when a batch is full, or at the end.
    wake: Condvar,
    capacity: usize,
    batch: usize,
    counts: Counts,
}

#[derive(Debug, Default)]
struct State {
    /// Batches that are full, the oldest first.
    full: VecDeque<Batch>,
    /// The one that is being filled.
    open: Batch,
    /// One that has been exported: its memory goes round.
    spare: Option<Batch>,
    /// Spans in all of them.
    spans: usize,
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
        self.lock().spans
    }

    /// Takes a batch back that has been exported, for its memory.
    pub(super) fn recycle(&self, mut batch: Batch) {
        batch.clear();
        self.lock().spare = Some(batch);
    }

    /// Never blocks for longer than a push takes; a full queue drops the span and counts it.
    pub(crate) fn push(&self, span: &SpanData) {
        let full = {
            let mut state = self.lock();
            if state.stopping.is_some() {
                return count(&self.counts.dropped_late, 1);
            }
            if state.spans >= self.capacity {
                return count(&self.counts.dropped_full, 1);
            }
            state.open.add(span);
            state.spans += 1;
            let full = state.open.len() >= self.batch;
            if full {
                state.close();
            }
            full
        };
        if full {
            self.wake.notify_one();
        }
    }

    /// Waits until a batch is full, `delay` has passed, or the end has come. `None` once the end has come and nothing is left.
    pub(crate) fn take(&self, delay: Duration) -> Option<Batch> {
        let deadline = Instant::now() + delay;
        let mut state = self.lock();
        while state.full.is_empty() && state.stopping.is_none() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        if state.spans == 0 && state.stopping.is_some() {
            return None;
        }
        if state.full.is_empty() {
            state.close();
        }
        let batch = state.full.pop_front().unwrap_or_default();
        state.spans -= batch.len();
        Some(batch)
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

impl State {
    /// Begins a new batch.
    fn close(&mut self) {
        let next = self.spare.take().unwrap_or_default();
        self.full.push_back(std::mem::replace(&mut self.open, next));
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::InstrumentationScope;

    use super::*;
    use crate::otlp::Limits;

    /// A span of a library of this name.
    fn span(library: &'static str) -> SpanData {
        let scope = Some(InstrumentationScope::builder(library).build());
        SpanData { scope, ..SpanData::blank(Limits::default()) }
    }

    fn libraries(batch: &Batch) -> Vec<&str> {
        batch.scopes().filter_map(|scope| Some(scope.name.as_ref()?.name())).collect()
    }

    #[test]
    fn batches_leave_in_their_order_none_larger_than_it_may_be() {
        let queue = Queue::new(5, 2);
        for library in ["a", "b", "c", "c", "d", "late"] {
            queue.push(&span(library));
        }
        assert_eq!((queue.len(), queue.counts().dropped()), (5, 1));
        let mut left = Vec::new();
        for _ in 0..3 {
            let batch = queue.take(Duration::ZERO).expect("the end has not come");
            left.push((batch.len(), libraries(&batch).join(" ")));
            queue.recycle(batch);
        }
        assert_eq!(left, [(2, "a b".to_owned()), (2, "c".to_owned()), (1, "d".to_owned())]);
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn a_batch_that_served_before_holds_nothing_of_then() {
        let queue = Queue::new(10, 1);
        queue.push(&span("before"));
        let batch = queue.take(Duration::ZERO).expect("a batch");
        queue.recycle(batch);
        for library in ["x", "y"] {
            queue.push(&span(library));
        }
        let libraries_of = |batch: Option<Batch>| batch.map(|batch| libraries(&batch).join(" "));
        assert_eq!(libraries_of(queue.take(Duration::ZERO)).as_deref(), Some("x"));
        assert_eq!(libraries_of(queue.take(Duration::ZERO)).as_deref(), Some("y"));
    }

    #[test]
    fn what_is_left_at_the_end_leaves_and_then_nothing_does() {
        let queue = Queue::new(10, 4);
        queue.push(&span("left"));
        queue.stop(Instant::now());
        queue.push(&span("late"));
        assert_eq!(queue.take(Duration::from_mins(1)).map(|batch| batch.len()), Some(1));
        assert!(queue.take(Duration::from_mins(1)).is_none());
        assert_eq!(queue.counts().dropped_late.load(Ordering::Relaxed), 1);
    }
}
