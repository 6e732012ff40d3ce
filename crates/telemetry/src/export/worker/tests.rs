//! Tests of the time that an outage may last without a loss, and of a shutdown during one.

use opentelemetry::InstrumentationScope;

use super::*;
use crate::export::queue::{Bounds, read};
use crate::otlp::{Limits, SpanData};

/// A destination that is unavailable until a time.
#[derive(Debug)]
struct UnavailableUntil(Instant);

impl Sink for UnavailableUntil {
    fn send(&mut self, _: &Batch, _: Duration) -> Result<Accepted, Failure> {
        if Instant::now() >= self.0 {
            return Ok(Accepted::default());
        }
        Err(Failure::Retryable { retry_after: None, reason: "nobody listens".to_owned() })
    }
}

/// A destination that answers nothing. Timers are late, so an attempt takes longer than its time limit.
#[derive(Debug)]
struct Silent;

impl Sink for Silent {
    fn send(&mut self, _: &Batch, limit: Duration) -> Result<Accepted, Failure> {
        std::thread::sleep(limit + Duration::from_millis(20));
        Err(Failure::Retryable { retry_after: None, reason: "no answer".to_owned() })
    }
}

fn queue() -> Arc<Queue> {
    Arc::new(Queue::new(Bounds { spans: 10, bytes: usize::MAX, batch: 10 }))
}

fn span() -> SpanData {
    SpanData {
        scope: Some(InstrumentationScope::builder("test").build()),
        ..SpanData::blank(Limits::default())
    }
}

fn schedule() -> Schedule {
    Schedule {
        delay: Duration::ZERO,
        export_timeout: Duration::from_millis(50),
        outage_timeout: Duration::from_secs(60),
    }
}

/// Exports a span to a destination that is unavailable for a second. While it waits, `waiting` others fill a queue of
/// ten. Returns how many spans were exported and how many were given up.
fn exported_and_given_up(waiting: usize) -> (u64, u64) {
    let queue = queue();
    let sink = UnavailableUntil(Instant::now() + Duration::from_secs(1));
    queue.push(&span());
    let worker = Worker::start(Arc::clone(&queue), Box::new(sink), schedule()).expect("a thread");
    while queue.len() > 0 {
        std::thread::yield_now();
    }
    (0..waiting).for_each(|_| queue.push(&span()));
    assert_eq!(queue.flush(Instant::now() + Duration::from_secs(20)), 0);
    let deadline = Instant::now() + Duration::from_secs(20);
    worker.begin_stop(deadline);
    assert!(worker.ends_by(deadline));
    (read(&queue.counts().exported), read(&queue.counts().dropped_failed))
}

#[test]
fn an_outage_loses_no_span_while_the_queue_has_room() {
    assert_eq!(exported_and_given_up(4), (5, 0));
}

#[test]
fn a_batch_makes_room_after_its_time_limit_when_half_of_the_queue_is_used() {
    let (exported, given_up) = exported_and_given_up(5);
    assert!(given_up > 0 && exported + given_up == 6, "{exported} exported, {given_up} given up");
}

#[test]
fn an_attempt_that_lasts_until_the_deadline_of_shutdown_is_counted() {
    let queue = queue();
    queue.push(&span());
    let deadline = Instant::now() + Duration::from_millis(200);
    queue.stop(deadline);
    let schedule = Schedule { export_timeout: Duration::from_secs(60), ..schedule() };
    let worker = Worker::start(Arc::clone(&queue), Box::new(Silent), schedule).expect("a thread");
    assert!(worker.ends_by(deadline));
    assert_eq!(read(&queue.counts().dropped_failed), 1);
}
