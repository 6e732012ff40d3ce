//! Bounded queue of finished spans between request threads and the exporter thread. A full queue drops the newest span.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::otlp::{Batch, SpanData};

/// Encoded spans that wait for export, in batches.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    /// Notified when a batch is full, at a flush and at shutdown.
    wake: Condvar,
    /// Notified when a batch was exported or given up.
    settled: Condvar,
    capacity: usize,
    batch: usize,
    counts: Counts,
}

#[derive(Debug, Default)]
struct State {
    /// Full batches, oldest first.
    full: VecDeque<Batch>,
    /// The batch that spans are added to.
    open: Batch,
    /// An exported batch, whose memory the next one reuses.
    spare: Option<Batch>,
    /// The number of spans in all batches.
    spans: usize,
    /// The number of spans in the batch that is being exported.
    in_export: usize,
    /// The number of spans since the start that were exported or given up.
    settled: u64,
    /// A flush waits until this many spans are settled. Until then, batches that are not full are exported at once.
    flush_until: u64,
    /// The deadline for exporting what is left, once shutdown has begun.
    shutdown_deadline: Option<Instant>,
}

/// Counters of exported and dropped spans.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Accepted by the backend.
    pub(crate) exported: AtomicU64,
    /// Dropped because the queue was full.
    pub(crate) dropped_full: AtomicU64,
    /// Dropped because shutdown had begun.
    pub(crate) dropped_late: AtomicU64,
    /// Dropped after the last retry, or rejected by the backend.
    pub(crate) dropped_failed: AtomicU64,
    /// Failed attempts to export.
    pub(crate) failures: AtomicU64,
    /// How many had been dropped when the backend last accepted a batch.
    recovered: AtomicU64,
}

impl Counts {
    /// All dropped spans.
    pub(crate) fn dropped(&self) -> u64 {
        [&self.dropped_full, &self.dropped_late, &self.dropped_failed].into_iter().map(read).sum()
    }

    /// How many had been dropped when the backend last accepted a batch.
    pub(crate) fn recovered(&self) -> u64 {
        read(&self.recovered)
    }

    /// Notes that the backend accepted a batch.
    pub(crate) fn recover(&self) {
        self.recovered.store(self.dropped(), Ordering::Relaxed);
    }
}

/// The value of a counter.
pub(crate) fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// Adds `by` to a counter.
pub(crate) fn count(counter: &AtomicU64, by: usize) {
    counter.fetch_add(u64::try_from(by).unwrap_or(u64::MAX), Ordering::Relaxed);
}

impl Queue {
    pub(crate) fn new(capacity: usize, batch: usize) -> Self {
        let capacity = capacity.max(1);
        Self {
            state: Mutex::new(State::default()),
            wake: Condvar::new(),
            settled: Condvar::new(),
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

    /// The number of waiting spans.
    pub(crate) fn len(&self) -> usize {
        self.lock().spans
    }

    /// Takes a batch back that was exported or given up, to reuse its memory.
    pub(crate) fn settle(&self, mut batch: Batch) {
        let spans = batch.len();
        batch.clear();
        let mut state = self.lock();
        state.spare = Some(batch);
        state.in_export = state.in_export.saturating_sub(spans);
        state.settled += u64::try_from(spans).unwrap_or(u64::MAX);
        drop(state);
        self.settled.notify_all();
    }

    /// Has the spans exported that are in the queue now, and waits for that until `deadline`. Returns how many of them
    /// are still waiting.
    pub(crate) fn flush(&self, deadline: Instant) -> u64 {
        let mut state = self.lock();
        let until = state.settled + u64::try_from(state.spans + state.in_export).unwrap_or(u64::MAX);
        state.flush_until = state.flush_until.max(until);
        self.wake.notify_all();
        loop {
            let waiting = until.saturating_sub(state.settled);
            let left = deadline.saturating_duration_since(Instant::now());
            if waiting == 0 || left.is_zero() {
                return waiting;
            }
            state = self.settled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Encodes a span into the open batch. A full queue drops the span and counts it, and so does shutdown.
    ///
    /// It waits for no more than other pushes that are under way.
    pub(crate) fn push(&self, span: &SpanData) {
        let full = {
            let mut state = self.lock();
            if state.shutdown_deadline.is_some() {
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

    /// Adds a copy of a batch of another queue, to be exported at once. Drops and counts it when there is no room for all
    /// of it, or shutdown has begun.
    pub(crate) fn push_batch(&self, batch: &Batch) {
        {
            let mut state = self.lock();
            if state.shutdown_deadline.is_some() {
                return count(&self.counts.dropped_late, batch.len());
            }
            if state.spans + batch.len() > self.capacity {
                return count(&self.counts.dropped_full, batch.len());
            }
            state.spans += batch.len();
            // Small batches of an outage become few large requests.
            let last = state.full.back_mut().filter(|last| last.len() + batch.len() <= self.batch);
            if let Some(last) = last {
                last.append(batch);
            } else {
                let mut copy = state.spare.take().unwrap_or_default();
                copy.append(batch);
                state.full.push_back(copy);
            }
        }
        self.wake.notify_one();
    }

    /// Waits until a batch is full, `delay` has passed, or a flush or shutdown begins. `None` once shutdown has begun
    /// and the queue is empty.
    pub(crate) fn take(&self, delay: Duration) -> Option<Batch> {
        let deadline = Instant::now() + delay;
        let mut state = self.lock();
        while state.full.is_empty() && state.shutdown_deadline.is_none() && !state.is_flushing() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        if state.spans == 0 && state.shutdown_deadline.is_some() {
            return None;
        }
        if state.full.is_empty() {
            state.close();
        }
        let batch = state.full.pop_front().unwrap_or_default();
        state.spans -= batch.len();
        state.in_export += batch.len();
        Some(batch)
    }

    /// Begins shutdown: later spans are dropped, and the exporter takes what is left, until `deadline`.
    pub(crate) fn stop(&self, deadline: Instant) {
        self.lock().shutdown_deadline = Some(deadline);
        self.wake.notify_all();
    }

    /// The deadline of shutdown, once it has begun.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.lock().shutdown_deadline
    }

    /// Waits before a retry. Shutdown interrupts a wait that began before it.
    pub(crate) fn pause(&self, length: Duration) {
        let until = Instant::now() + length;
        let mut state = self.lock();
        let interruptible = state.shutdown_deadline.is_none();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || (interruptible && state.shutdown_deadline.is_some()) {
                return;
            }
            state = self.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A push cannot panic half-way, so the state of a poisoned lock is consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether a flush waits for spans in the queue.
    fn is_flushing(&self) -> bool {
        self.spans > 0 && self.settled < self.flush_until
    }

    /// Moves the open batch to the full ones, and opens a new one.
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

    /// A span of this instrumentation scope.
    fn span(scope: &'static str) -> SpanData {
        let scope = Some(InstrumentationScope::builder(scope).build());
        SpanData { scope, ..SpanData::blank(Limits::default()) }
    }

    fn scopes(batch: &Batch) -> Vec<&str> {
        batch.scopes().filter_map(|scope| Some(scope.name.as_ref()?.name())).collect()
    }

    #[test]
    fn queue_drops_the_newest_span_when_full_and_hands_out_bounded_batches_in_order() {
        let queue = Queue::new(5, 2);
        for scope in ["a", "b", "c", "c", "d", "late"] {
            queue.push(&span(scope));
        }
        assert_eq!((queue.len(), queue.counts().dropped()), (5, 1));
        let mut taken = Vec::new();
        for _ in 0..3 {
            let batch = queue.take(Duration::ZERO).expect("a batch before shutdown");
            taken.push((batch.len(), scopes(&batch).join(" ")));
            queue.settle(batch);
        }
        assert_eq!(taken, [(2, "a b".to_owned()), (2, "c".to_owned()), (1, "d".to_owned())]);
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn a_reused_batch_contains_no_earlier_spans() {
        let queue = Queue::new(10, 1);
        queue.push(&span("before"));
        let batch = queue.take(Duration::ZERO).expect("a batch");
        queue.settle(batch);
        for scope in ["x", "y"] {
            queue.push(&span(scope));
        }
        let scopes_of = |batch: Option<Batch>| batch.map(|batch| scopes(&batch).join(" "));
        assert_eq!(scopes_of(queue.take(Duration::ZERO)).as_deref(), Some("x"));
        assert_eq!(scopes_of(queue.take(Duration::ZERO)).as_deref(), Some("y"));
    }

    #[test]
    fn copied_batches_are_merged_up_to_the_size_of_a_batch_and_dropped_when_full() {
        let source = Queue::new(10, 2);
        source.push(&span("a"));
        source.push(&span("b"));
        let two = source.take(Duration::ZERO).expect("a batch");
        let copy = Queue::new(7, 4);
        for _ in 0..4 {
            copy.push_batch(&two);
        }
        assert_eq!((copy.len(), copy.counts().dropped_full.load(Ordering::Relaxed)), (6, 2));
        let taken = [(); 2].map(|()| copy.take(Duration::from_mins(1)).expect("a batch"));
        assert_eq!(taken.each_ref().map(Batch::len), [4, 2]);
        assert_eq!(scopes(&taken[0]), ["a", "b"]);
        assert_eq!(two.len(), 2, "the batch itself is unchanged");
        copy.stop(Instant::now());
        copy.push_batch(&two);
        assert_eq!(copy.counts().dropped_late.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn shutdown_hands_out_what_is_left_and_drops_later_spans() {
        let queue = Queue::new(10, 4);
        queue.push(&span("left"));
        queue.stop(Instant::now());
        queue.push(&span("late"));
        assert_eq!(queue.take(Duration::from_mins(1)).map(|batch| batch.len()), Some(1));
        assert!(queue.take(Duration::from_mins(1)).is_none());
        assert_eq!(queue.counts().dropped_late.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_flush_waits_for_the_spans_before_it_and_for_no_later_ones() {
        let queue = Queue::new(10, 4);
        assert_eq!(queue.flush(Instant::now() + Duration::from_mins(1)), 0, "there is nothing to wait for");
        queue.push(&span("in export"));
        let first = queue.take(Duration::ZERO).expect("a batch");
        queue.push(&span("waiting"));
        std::thread::scope(|scope| {
            let flush = scope.spawn(|| queue.flush(Instant::now() + Duration::from_mins(1)));
            // The batch is not full, and the delay has not passed.
            let second = queue.take(Duration::from_mins(1)).expect("a batch");
            queue.push(&span("later"));
            queue.settle(first);
            queue.settle(second);
            assert_eq!(flush.join().expect("no panic"), 0);
        });
        assert_eq!(queue.len(), 1);
    }

    #[test]
    fn a_flush_ends_at_its_deadline() {
        let queue = Queue::new(10, 4);
        queue.push(&span("waiting"));
        assert_eq!(queue.flush(Instant::now()), 1);
    }
}
