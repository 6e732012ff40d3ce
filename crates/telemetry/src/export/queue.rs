//! Bounded queue of finished spans between request threads and the exporter thread. A full queue drops the newest span.

use std::collections::VecDeque;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::log_lines;
use crate::otlp::{Batch, SpanData};

/// Bytes of encoded spans from which a batch is full. Proxies refuse bodies above 1 MiB by default, and gRPC receivers
/// messages above 4 MiB.
const FULL_BATCH: usize = 1_000_000;

/// How long an idle exporter sleeps, unless a span wakes it. Then it reports drops that it could not report before.
const IDLE: Duration = Duration::from_secs(60);

/// What a queue and its batches hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Spans in the queue.
    pub(crate) spans: usize,
    /// Bytes of encoded spans in the queue. A span that crosses the bound is the last one.
    pub(crate) bytes: usize,
    /// Spans in a batch.
    pub(crate) batch: usize,
}

/// Encoded spans that wait for export, in batches.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    /// Notified when a batch is full, when an idle exporter gets a span, at a flush and at shutdown.
    wake: Condvar,
    /// Notified when a batch was exported or given up.
    settled: Condvar,
    bounds: Bounds,
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
    /// The bytes of all batches.
    bytes: usize,
    /// Whether the exporter waits for a first span.
    is_idle: bool,
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

/// Warns once, on standard error: the span closes within the subscriber, where an event could start over.
#[cold]
fn warn_of_late_spans() {
    static WARNED: Once = Once::new();
    WARNED.call_once(|| {
        log_lines::print_warning(
            "spans that end after the shutdown of telemetry are lost: keep the value that starts it in main, not in `_`, \
             and shut it down after the server has stopped",
        );
    });
}

impl Queue {
    pub(crate) fn new(bounds: Bounds) -> Self {
        let spans = bounds.spans.max(1);
        Self {
            state: Mutex::new(State::default()),
            wake: Condvar::new(),
            settled: Condvar::new(),
            bounds: Bounds { spans, batch: bounds.batch.clamp(1, spans), ..bounds },
            counts: Counts::default(),
        }
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    pub(crate) fn capacity(&self) -> usize {
        self.bounds.spans
    }

    /// Whether less than half of the queue is used.
    pub(crate) fn has_room(&self) -> bool {
        let state = self.state.lock();
        state.spans < self.bounds.spans / 2 && state.bytes < self.bounds.bytes / 2
    }

    /// The number of waiting spans.
    pub(crate) fn len(&self) -> usize {
        self.state.lock().spans
    }

    /// Takes a batch back that was exported or given up, to reuse its memory.
    pub(crate) fn settle(&self, mut batch: Batch) {
        let spans = batch.len();
        batch.clear();
        let mut state = self.state.lock();
        state.spare = Some(batch);
        state.in_export = state.in_export.saturating_sub(spans);
        state.settled += u64::try_from(spans).unwrap_or(u64::MAX);
        drop(state);
        self.settled.notify_all();
    }

    /// Has the spans exported that are in the queue now, and waits for that until `deadline`. Returns how many of them
    /// are still waiting.
    pub(crate) fn flush(&self, deadline: Instant) -> u64 {
        let mut state = self.state.lock();
        let until = state.settled + u64::try_from(state.spans + state.in_export).unwrap_or(u64::MAX);
        state.flush_until = state.flush_until.max(until);
        self.wake.notify_all();
        loop {
            let waiting = until.saturating_sub(state.settled);
            let left = deadline.saturating_duration_since(Instant::now());
            if waiting == 0 || left.is_zero() {
                return waiting;
            }
            self.settled.wait_for(&mut state, left);
        }
    }

    /// Encodes a span into the open batch. A full queue drops the span and counts it, and so does shutdown.
    ///
    /// It waits for no more than other pushes that are under way.
    pub(crate) fn push(&self, span: &SpanData) {
        let wakes = {
            let mut state = self.state.lock();
            if state.shutdown_deadline.is_some() {
                drop(state);
                warn_of_late_spans();
                return count(&self.counts.dropped_late, 1);
            }
            if state.spans >= self.bounds.spans || state.bytes >= self.bounds.bytes {
                return count(&self.counts.dropped_full, 1);
            }
            let before = state.open.bytes();
            state.open.add(span);
            state.spans += 1;
            state.bytes += state.open.bytes() - before;
            let full = state.open.len() >= self.bounds.batch || state.open.bytes() >= FULL_BATCH;
            if full {
                state.close();
            }
            full | std::mem::take(&mut state.is_idle)
        };
        if wakes {
            self.wake.notify_one();
        }
    }

    /// Adds a copy of a batch of another queue, to be exported at once. Drops and counts it when there is no room for all
    /// of it, or shutdown has begun.
    pub(crate) fn push_batch(&self, batch: &Batch) {
        {
            let mut state = self.state.lock();
            if state.shutdown_deadline.is_some() {
                return count(&self.counts.dropped_late, batch.len());
            }
            let Bounds { spans, bytes, batch: longest } = self.bounds;
            if state.spans + batch.len() > spans || state.bytes + batch.bytes() > bytes {
                return count(&self.counts.dropped_full, batch.len());
            }
            state.spans += batch.len();
            state.bytes += batch.bytes();
            // Small batches of an outage become few large requests.
            let fits = |last: &Batch| {
                last.len() + batch.len() <= longest && last.bytes() + batch.bytes() <= FULL_BATCH
            };
            let last = state.full.back_mut().filter(|last| fits(last));
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

    /// Waits until there is a span, and then until a batch is full, `delay` has passed, or a flush or shutdown begins.
    /// `None` once shutdown has begun and the queue is empty. An empty batch after a while without spans.
    pub(crate) fn take(&self, delay: Duration) -> Option<Batch> {
        let mut state = self.state.lock();
        if state.spans == 0 && state.shutdown_deadline.is_none() {
            state.is_idle = true;
            let is_idle = |state: &mut State| state.spans == 0 && state.shutdown_deadline.is_none();
            self.wake.wait_while_for(&mut state, is_idle, IDLE);
            state.is_idle = false;
        }
        let deadline = Instant::now() + if state.spans == 0 { Duration::ZERO } else { delay };
        while state.full.is_empty() && state.shutdown_deadline.is_none() && !state.is_flushing() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            self.wake.wait_for(&mut state, left);
        }
        if state.spans == 0 && state.shutdown_deadline.is_some() {
            return None;
        }
        if state.full.is_empty() {
            state.close();
        }
        let batch = state.full.pop_front().unwrap_or_default();
        state.spans -= batch.len();
        state.bytes -= batch.bytes();
        state.in_export += batch.len();
        Some(batch)
    }

    /// Begins shutdown: later spans are dropped, and the exporter takes what is left, until `deadline`.
    pub(crate) fn stop(&self, deadline: Instant) {
        self.state.lock().shutdown_deadline = Some(deadline);
        self.wake.notify_all();
    }

    /// The deadline of shutdown, once it has begun.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.state.lock().shutdown_deadline
    }

    /// Waits before a retry. Shutdown interrupts a wait that began before it.
    pub(crate) fn pause(&self, length: Duration) {
        let until = Instant::now() + length;
        let mut state = self.state.lock();
        let interruptible = state.shutdown_deadline.is_none();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || (interruptible && state.shutdown_deadline.is_some()) {
                return;
            }
            self.wake.wait_for(&mut state, left);
        }
    }

    /// Waits until a time that the backend asked for. Returns false at once when shutdown ends before it.
    pub(crate) fn wait_until(&self, until: Instant) -> bool {
        let mut state = self.state.lock();
        loop {
            if state.shutdown_deadline.is_some_and(|deadline| deadline < until) {
                return false;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            self.wake.wait_for(&mut state, left);
        }
    }
}

impl State {
    /// Whether a flush waits for spans in the queue.
    fn is_flushing(&self) -> bool {
        self.spans > 0 && self.settled < self.flush_until
    }

    /// Moves the open batch to the full ones, and opens a new one.
    fn close(&mut self) {
        if !self.full.is_empty() {
            // It will wait, and the queue is bounded by the bytes that are in it.
            self.open.shrink();
        }
        let next = self.spare.take().unwrap_or_default();
        self.full.push_back(std::mem::replace(&mut self.open, next));
    }
}

#[cfg(test)]
mod tests;
