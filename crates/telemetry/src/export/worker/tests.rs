//! Tests of the time that an outage may last without a loss.

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

/// Exports a span to a destination that is unavailable for a second. While it waits, `waiting` others fill a queue of
/// ten. Returns how many spans were exported and how many were given up.
fn exported_and_given_up(waiting: usize) -> (u64, u64) {
    let queue = Arc::new(Queue::new(Bounds { spans: 10, bytes: usize::MAX, batch: 10 }));
    let span = || SpanData {
        scope: Some(InstrumentationScope::builder("test").build()),
        ..SpanData::blank(Limits::default())
    };
    let schedule = Schedule {
        delay: Duration::ZERO,
        export_timeout: Duration::from_millis(50),
        outage_timeout: Duration::from_secs(60),
    };
    let sink = UnavailableUntil(Instant::now() + Duration::from_secs(1));
    queue.push(&span());
    let worker = Worker::start(Arc::clone(&queue), Box::new(sink), schedule).expect("a thread");
    while queue.len() > 0 {
        std::thread::yield_now();
    }
    (0..waiting).for_each(|_| queue.push(&span()));
    assert_eq!(queue.flush(Instant::now() + Duration::from_secs(20)), 0);
    let deadline = Instant::now() + Duration::from_secs(20);
    worker.begin_stop(deadline);
    assert!(worker.ends_before(deadline));
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
