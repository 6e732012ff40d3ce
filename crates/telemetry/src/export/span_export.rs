//! The export of spans to one or several destinations.
//!
//! One destination has the queue that requests fill, and one thread. With several, spans are encoded once into that
//! queue, and a further thread hands each batch on to a queue and thread per destination, so that one that is down or slow
//! costs the others nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::error::ExportError;
use super::fan_out::FanOut;
use super::queue::{Bounds, Queue, read};
use super::sink::Sink;
use super::worker::{Schedule, Worker};
use crate::env::Batching;

/// How long the last spans may take to be handed on. It takes no I/O.
const FAN_OUT_DEADLINE: Duration = Duration::from_millis(500);

/// The running export of spans.
#[derive(Debug)]
pub(crate) struct SpanExport {
    /// The queue that requests fill.
    intake: Arc<Queue>,
    /// The thread that hands batches on; `None` with one destination.
    fan_out: Option<Worker>,
    destinations: Vec<Arc<Destination>>,
}

/// A destination with its own queue and thread.
#[derive(Debug)]
pub(crate) struct Destination {
    /// The `otel.component.type` of its exporter.
    pub(crate) exporter: &'static str,
    pub(crate) queue: Arc<Queue>,
    /// The queue before its own, whose drops are its, too.
    intake: Option<Arc<Queue>>,
    worker: Worker,
}

/// A sink, and the `otel.component.type` of its exporter.
pub(crate) type NamedSink = (&'static str, Box<dyn Sink>);

impl SpanExport {
    /// Starts the threads; `None` without a destination.
    pub(crate) fn start(sinks: Vec<NamedSink>, batching: Batching) -> Result<Option<Self>, ExportError> {
        if sinks.is_empty() {
            return Ok(None);
        }
        let bounds = Bounds { spans: batching.queue, bytes: batching.bytes, batch: batching.batch };
        let intake = Arc::new(Queue::new(bounds));
        let Batching { delay, export_timeout, outage_timeout, .. } = batching;
        let schedule = Schedule { delay, export_timeout, outage_timeout };
        let several = sinks.len() > 1;
        let start = |(exporter, sink)| {
            let queue = if several { Arc::new(Queue::new(bounds)) } else { Arc::clone(&intake) };
            let worker = Worker::start(Arc::clone(&queue), sink, schedule).map_err(ExportError::thread)?;
            let intake = several.then(|| Arc::clone(&intake));
            Ok(Arc::new(Destination { exporter, queue, intake, worker }))
        };
        let destinations = sinks.into_iter().map(start).collect::<Result<Vec<_>, ExportError>>()?;
        let queues = || destinations.iter().map(|to| Arc::clone(&to.queue)).collect();
        let fan_out =
            several.then(|| Worker::start(Arc::clone(&intake), Box::new(FanOut(queues())), schedule));
        let fan_out = fan_out.transpose().map_err(ExportError::thread)?;
        Ok(Some(Self { intake, fan_out, destinations }))
    }

    /// The queue that requests fill.
    pub(crate) fn intake(&self) -> &Arc<Queue> {
        &self.intake
    }

    pub(crate) fn destinations(&self) -> &[Arc<Destination>] {
        &self.destinations
    }

    /// Exports what is in the queues until `deadline`. Returns how many spans still wait, and how many were dropped
    /// meanwhile.
    pub(crate) fn flush(&self, deadline: Instant) -> (u64, u64) {
        let failed =
            || self.destinations.iter().map(|to| read(&to.queue.counts().dropped_failed)).sum::<u64>();
        let before = failed();
        let not_handed_on = self.fan_out.as_ref().map_or(0, |_| self.intake.flush(deadline));
        let waiting: u64 = self.destinations.iter().map(|to| to.queue.flush(deadline)).sum();
        (not_handed_on + waiting, failed() - before)
    }

    /// Exports what is left within `limit`, and ends the threads. `None` when that takes longer; otherwise the number of
    /// spans that were dropped since their destination last accepted some, or last left the intake.
    pub(crate) fn stop(&self, limit: Duration) -> Option<u64> {
        let deadline = Instant::now() + limit;
        let recovered: Vec<u64> = self.queues().map(|queue| queue.counts().recovered()).collect();
        let mut in_time = self.fan_out.as_ref().is_none_or(|fan_out| {
            fan_out.begin_stop(deadline.min(Instant::now() + FAN_OUT_DEADLINE));
            fan_out.ends_by(deadline)
        });
        for destination in &self.destinations {
            destination.worker.begin_stop(deadline);
        }
        for destination in &self.destinations {
            in_time &= destination.worker.ends_by(deadline);
        }
        let dropped = self.queues().zip(recovered);
        let dropped =
            dropped.map(|(queue, recovered)| queue.counts().dropped().saturating_sub(recovered)).sum();
        in_time.then_some(dropped)
    }

    /// Every queue, once.
    fn queues(&self) -> impl Iterator<Item = &Queue> {
        let intake = self.fan_out.as_ref().map(|_| &*self.intake);
        intake.into_iter().chain(self.destinations.iter().map(|to| &*to.queue))
    }
}

impl Destination {
    /// Spans that were dropped because a queue was full.
    pub(crate) fn dropped_full(&self) -> u64 {
        self.of_queues(|queue| read(&queue.counts().dropped_full))
    }

    /// Spans that ended after the shutdown.
    pub(crate) fn dropped_late(&self) -> u64 {
        self.of_queues(|queue| read(&queue.counts().dropped_late))
    }

    fn of_queues(&self, count: impl Fn(&Queue) -> u64) -> u64 {
        count(&self.queue) + self.intake.as_deref().map_or(0, count)
    }
}
