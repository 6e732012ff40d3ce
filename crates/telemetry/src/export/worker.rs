//! The exporter thread: takes batches from the queue and sends them to the sink, with retries.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::log_limiter::LogLimiter;
use super::queue::{Queue, count};
use super::sender_thread::SenderThread;
use super::sink::{Accepted, Failure, Fitted, Sink};
use crate::otlp::Batch;

/// Waits between attempts: the first one, doubled each time up to the maximum.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const MAX_WAIT: Duration = Duration::from_secs(5);

/// When batches are exported (`OTEL_BSP_*`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    /// A batch that is not full is exported after this time.
    pub(crate) delay: Duration,
    /// The time limit for all attempts to export one batch.
    pub(crate) export_timeout: Duration,
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
        };
        let thread = SenderThread::spawn("telemetry", move || run.until_stopped())?;
        Ok(Self { queue, thread })
    }

    /// Has the thread export what is left until `deadline`, and end.
    pub(crate) fn begin_stop(&self, deadline: Instant) {
        self.queue.stop(deadline);
    }

    /// Waits until the thread has ended. Returns false when that takes longer than until `deadline`.
    pub(crate) fn ends_before(&self, deadline: Instant) -> bool {
        self.thread.ends_within(deadline.saturating_duration_since(Instant::now()))
    }
}

struct ExportLoop {
    queue: Arc<Queue>,
    sink: Box<dyn Sink>,
    schedule: Schedule,
    warnings: LogLimiter,
    /// The number of dropped spans in the last warning.
    reported_drops: u64,
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
    }

    fn export(&mut self, batch: &Batch) {
        let Some(Fitted { parts, dropped, reason }) = self.sink.fit(batch) else {
            return self.send(batch);
        };
        if dropped > 0 {
            count(&self.queue.counts().dropped_failed, dropped);
            let what = format!("{dropped} spans exceed a limit of the destination and are dropped");
            self.warnings.warn(&what, &reason);
        }
        for part in &parts {
            self.send(part);
        }
    }

    fn send(&mut self, batch: &Batch) {
        let began = Instant::now();
        let mut wait = FIRST_WAIT;
        loop {
            let failure = match self.sink.send(batch, self.time_left(began)) {
                Ok(accepted) => return self.count_exported(batch.len(), &accepted),
                Err(failure) => failure,
            };
            count(&self.queue.counts().failures, 1);
            let (retry_after, reason) = match failure {
                Failure::Permanent(reason) => return self.give_up(batch, &reason),
                Failure::Retryable { retry_after, reason } => (retry_after, reason),
            };
            let pause = retry_after.unwrap_or(wait);
            if pause >= self.time_left(began) {
                return self.give_up(batch, &reason);
            }
            self.warnings.warn("spans cannot be exported and wait in the queue", &reason);
            self.queue.pause(pause);
            wait = (wait * 2).min(MAX_WAIT);
        }
    }

    /// The time left for this batch: that of the schedule, or until the deadline of shutdown.
    fn time_left(&self, began: Instant) -> Duration {
        let scheduled = self.schedule.export_timeout.saturating_sub(began.elapsed());
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
        count(&self.queue.counts().dropped_failed, batch.len());
        self.warnings.warn("spans could not be exported and are dropped", reason);
    }

    fn report_drops(&mut self) {
        let dropped = self.queue.counts().dropped();
        if dropped > self.reported_drops
            && self.warnings.warn("spans were dropped", &format!("{dropped} since the start"))
        {
            self.reported_drops = dropped;
        }
    }
}
