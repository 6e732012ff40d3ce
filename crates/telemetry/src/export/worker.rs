//! The exporter thread: takes batches from the queue and sends them to the sink, with retries.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::log_limiter::LogLimiter;
use super::queue::{Queue, count};
use super::sender_thread::SenderThread;
use super::sink::{Accepted, Failure, Fitted, Sink};
use super::split::{LearnedLimit, MAX_REFUSALS, split};
use crate::otlp::Batch;

/// Waits between attempts: the first one, doubled each time up to the maximum.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const MAX_WAIT: Duration = Duration::from_secs(5);
/// The last attempt may end with the deadline of shutdown. What was lost is counted and logged within this time.
const AFTER_DEADLINE: Duration = Duration::from_millis(250);
/// How often a batch waits at least because the backend asks for it (`Retry-After`), however long the pauses are.
const MAX_PAUSES: u32 = 5;

/// When batches are exported (`OTEL_BSP_*`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    /// A batch that is not full is exported after this time.
    pub(crate) delay: Duration,
    /// The time limit for all attempts to export one batch.
    pub(crate) export_timeout: Duration,
    /// The same while the queue has room: until then, an outage need not lose spans.
    pub(crate) outage_timeout: Duration,
}

/// A handle to the exporter thread.
#[derive(Debug)]
pub(crate) struct Worker {
    queue: Arc<Queue>,
    thread: SenderThread,
}

impl Worker {
    pub(crate) fn start(queue: Arc<Queue>, sink: Box<dyn Sink>, schedule: Schedule) -> std::io::Result<Self> {
        let mut run = ExportLoop {
            queue: Arc::clone(&queue),
            sink,
            schedule,
            warnings: LogLimiter::default(),
            reported_drops: 0,
            last_drop: String::new(),
            learned: LearnedLimit::default(),
            not_before: None,
        };
        let thread = SenderThread::spawn("telemetry", move || run.until_stopped())?;
        Ok(Self { queue, thread })
    }

    /// Has the thread export what is left until `deadline`, and end.
    pub(crate) fn begin_stop(&self, deadline: Instant) {
        self.queue.stop(deadline);
    }

    /// Waits until the thread has ended, which attempts nothing after `deadline`. Returns false when it does not end.
    pub(crate) fn ends_by(&self, deadline: Instant) -> bool {
        self.thread.ends_within(deadline.saturating_duration_since(Instant::now()) + AFTER_DEADLINE)
    }
}

struct ExportLoop {
    queue: Arc<Queue>,
    sink: Box<dyn Sink>,
    schedule: Schedule,
    warnings: LogLimiter,
    /// The number of dropped spans in the last warning.
    reported_drops: u64,
    /// Why spans were dropped last, after the queue had taken them.
    last_drop: String,
    /// What the destination has refused as too large.
    learned: LearnedLimit,
    /// When the destination may be asked again (`Retry-After`).
    not_before: Option<Instant>,
}

/// What came of a batch.
enum Sent {
    /// It was accepted, or given up and counted.
    Settled,
    TooLarge(String),
}

impl ExportLoop {
    fn until_stopped(&mut self) {
        while let Some(batch) = self.queue.take(self.schedule.delay) {
            if !batch.is_empty() {
                self.export(&batch);
                self.queue.settle(batch);
            }
            self.report_drops();
        }
        let dropped = self.queue.counts().dropped();
        if dropped > self.reported_drops {
            let reason = self.reason_of_drops(dropped);
            tracing::warn!(target: "telemetry::export", reason, "spans were dropped");
        }
    }

    fn export(&mut self, batch: &Batch) {
        let Some(Fitted { parts, dropped, reason }) = self.sink.fit(batch) else {
            return self.send_in_parts(batch);
        };
        if dropped > 0 {
            count(&self.queue.counts().dropped_failed, dropped);
            let what = format!("{dropped} spans exceed a limit of the destination and are dropped");
            self.warnings.warn(&what, &reason);
        }
        for part in &parts {
            self.send_in_parts(part);
        }
    }

    /// Sends a batch: as a whole, or in parts that are small enough for a destination that refuses large ones.
    fn send_in_parts(&mut self, batch: &Batch) {
        let began = Instant::now();
        let known = self.learned.bytes(began).filter(|limit| batch.bytes() > *limit);
        let mut parts = match known {
            Some(limit) => split(batch, limit),
            None => match self.send(batch, began) {
                Sent::Settled => return,
                Sent::TooLarge(reason) => self.parts_of(batch, &reason),
            },
        };
        parts.reverse();
        let mut refusals = 0;
        while let Some(part) = parts.pop() {
            match self.send(&part, began) {
                Sent::Settled => refusals = 0,
                Sent::TooLarge(reason) if refusals < MAX_REFUSALS => {
                    refusals += 1;
                    parts.extend(self.parts_of(&part, &reason).into_iter().rev());
                }
                Sent::TooLarge(reason) => {
                    self.give_up(&part, &reason);
                    // It refuses everything, so its limit is not what it says.
                    parts.drain(..).for_each(|part| self.give_up(&part, &reason));
                }
            }
        }
    }

    /// The parts of a batch that was refused as too large: none of a single span, which is dropped.
    fn parts_of(&mut self, refused: &Batch, reason: &str) -> Vec<Batch> {
        if refused.len() < 2 {
            let what = "a span is larger than the backend accepts, and is dropped";
            let why = format!("{reason}; the span has {} bytes", refused.bytes());
            self.drop_failed(refused, what, &why);
            return Vec::new();
        }
        let now = Instant::now();
        if self.learned.bytes(now).is_none() {
            let bytes = refused.bytes();
            tracing::info!(
                target: "telemetry::export",
                bytes,
                "a batch was refused as too large and is sent in parts, as later ones are"
            );
        }
        let limit = self.learned.learn(refused, now);
        split(refused, limit)
    }

    /// Sends a batch until it is accepted or given up, unless it is too large.
    fn send(&mut self, batch: &Batch, mut began: Instant) -> Sent {
        let first = Instant::now();
        let mut wait = FIRST_WAIT;
        let mut pauses = 0;
        loop {
            let asked = Instant::now();
            if !self.not_before.is_none_or(|until| self.queue.wait_until(until)) {
                self.give_up(batch, "the backend asked for a pause that is longer than the shutdown");
                return Sent::Settled;
            }
            // A pause that the backend asked for does not count.
            began += asked.elapsed();
            let limit = self.time_left(began).min(self.schedule.export_timeout);
            let failure = match self.sink.send(batch, limit) {
                Ok(accepted) => {
                    self.count_exported(batch.len(), &accepted);
                    return Sent::Settled;
                }
                Err(failure) => failure,
            };
            count(&self.queue.counts().failures, 1);
            let reason = match failure {
                Failure::TooLarge(reason) => return Sent::TooLarge(reason),
                Failure::Permanent(reason) => {
                    self.give_up(batch, &reason);
                    return Sent::Settled;
                }
                Failure::Retryable { retry_after: Some(pause), reason } => {
                    self.not_before = Some(Instant::now() + pause);
                    pauses += 1;
                    if pauses >= MAX_PAUSES && first.elapsed() >= self.time_limit() {
                        self.give_up(batch, &reason);
                        return Sent::Settled;
                    }
                    reason
                }
                Failure::Retryable { retry_after: None, reason } => {
                    if wait >= self.time_left(began) {
                        self.give_up(batch, &reason);
                        return Sent::Settled;
                    }
                    self.not_before = None;
                    reason
                }
            };
            self.warnings.warn("spans cannot be exported and wait in the queue", &reason);
            if self.not_before.is_none() {
                self.queue.pause(wait);
                wait = (wait * 2).min(MAX_WAIT);
            }
        }
    }

    /// The time limit for all attempts to export a batch.
    fn time_limit(&self) -> Duration {
        if self.queue.has_room() { self.schedule.outage_timeout } else { self.schedule.export_timeout }
    }

    /// The time left for this batch: that of the schedule, or until the deadline of shutdown.
    fn time_left(&self, began: Instant) -> Duration {
        let scheduled = self.time_limit().saturating_sub(began.elapsed());
        let shutdown =
            self.queue.deadline().map(|deadline| deadline.saturating_duration_since(Instant::now()));
        shutdown.map_or(scheduled, |shutdown| scheduled.min(shutdown))
    }

    fn count_exported(&mut self, spans: usize, accepted: &Accepted) {
        let rejected = accepted.rejected.min(spans);
        count(&self.queue.counts().exported, spans - rejected);
        count(&self.queue.counts().dropped_failed, rejected);
        if rejected == 0 {
            self.queue.counts().recover();
        }
        if !accepted.message.is_empty() {
            let what = match rejected {
                0 => "the backend accepted all spans, with a warning".to_owned(),
                rejected => format!("the backend rejected {rejected} of {spans} spans"),
            };
            self.warnings.warn(&what, &accepted.message);
        }
    }

    fn give_up(&mut self, batch: &Batch, reason: &str) {
        self.drop_failed(batch, "spans could not be exported and are dropped", reason);
    }

    fn drop_failed(&mut self, batch: &Batch, what: &str, reason: &str) {
        count(&self.queue.counts().dropped_failed, batch.len());
        reason.clone_into(&mut self.last_drop);
        self.warnings.warn(what, reason);
    }

    fn report_drops(&mut self) {
        let dropped = self.queue.counts().dropped();
        if dropped <= self.reported_drops {
            return;
        }
        let reason = self.reason_of_drops(dropped);
        if self.warnings.warn("spans were dropped", &reason) {
            self.reported_drops = dropped;
        }
    }

    fn reason_of_drops(&self, dropped: u64) -> String {
        let last = if self.last_drop.is_empty() { "the queue was full" } else { &self.last_drop };
        format!("{dropped} since the start; last: {last}")
    }
}

#[cfg(test)]
mod tests;
