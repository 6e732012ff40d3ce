//! Tests of the queue: its bounds, its batches, flush and shutdown.

use opentelemetry::InstrumentationScope;

use super::*;
use crate::otlp::Limits;

/// A span of this instrumentation scope.
fn span(scope: &'static str) -> SpanData {
    let scope = Some(InstrumentationScope::builder(scope).build());
    SpanData { scope, ..SpanData::blank(Limits::default()) }
}

fn queue(spans: usize, batch: usize) -> Queue {
    Queue::new(Bounds { spans, bytes: usize::MAX, batch })
}

fn scopes(batch: &Batch) -> Vec<&str> {
    batch.scopes().filter_map(|scope| Some(scope.name.as_ref()?.name())).collect()
}

#[test]
fn queue_drops_the_newest_span_when_full_and_hands_out_bounded_batches_in_order() {
    let queue = queue(5, 2);
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

/// A span of about this many bytes.
fn long_span(bytes: usize) -> SpanData {
    SpanData { name: "a".repeat(bytes), ..SpanData::blank(Limits::default()) }
}

#[test]
fn queue_drops_spans_beyond_its_bytes_and_has_room_again_when_a_batch_is_taken() {
    let queue = Queue::new(Bounds { spans: 1_000, bytes: 10_000, batch: 4 });
    for _ in 0..100 {
        queue.push(&long_span(1_000));
    }
    let held = queue.state.lock().bytes;
    assert!((10_000..11_100).contains(&held), "{held}");
    assert_eq!(queue.len() + usize::try_from(queue.counts().dropped()).expect("a number"), 100);
    let batch = queue.take(Duration::ZERO).expect("a batch");
    assert_eq!(queue.state.lock().bytes, held - batch.bytes());
    queue.push(&long_span(1_000));
    queue.push_batch(&batch);
    assert_eq!(queue.counts().dropped_full.load(Ordering::Relaxed), 100 - 10 + 4, "no room for the batch");
    while queue.len() > 0 {
        queue.settle(queue.take(Duration::ZERO).expect("a batch"));
    }
    assert_eq!(queue.state.lock().bytes, 0);
}

#[test]
fn a_batch_is_full_by_bytes_too() {
    let queue = queue(1_000, 512);
    for _ in 0..25 {
        queue.push(&long_span(100_000));
    }
    let taken = [(); 3].map(|()| queue.take(Duration::ZERO).expect("a batch").len());
    assert_eq!(taken, [10, 10, 5]);
}

#[test]
fn an_idle_exporter_sleeps_until_a_span_arrives_whatever_the_delay() {
    let queue = queue(10, 4);
    std::thread::scope(|scope| {
        let taken = scope.spawn(|| queue.take(Duration::ZERO).map(|batch| batch.len()));
        while !queue.state.lock().is_idle {
            std::thread::yield_now();
        }
        queue.push(&span("first"));
        assert_eq!(taken.join().expect("no panic"), Some(1));
    });
}

#[test]
fn a_reused_batch_contains_no_earlier_spans() {
    let queue = queue(10, 1);
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
    let source = queue(10, 2);
    source.push(&span("a"));
    source.push(&span("b"));
    let two = source.take(Duration::ZERO).expect("a batch");
    let copy = queue(7, 4);
    for _ in 0..4 {
        copy.push_batch(&two);
    }
    assert_eq!((copy.len(), copy.counts().dropped_full.load(Ordering::Relaxed)), (6, 2));
    let taken = [(); 2].map(|()| copy.take(Duration::from_secs(60)).expect("a batch"));
    assert_eq!(taken.each_ref().map(Batch::len), [4, 2]);
    assert_eq!(scopes(&taken[0]), ["a", "b"]);
    assert_eq!(two.len(), 2, "the batch itself is unchanged");
    copy.stop(Instant::now());
    copy.push_batch(&two);
    assert_eq!(copy.counts().dropped_late.load(Ordering::Relaxed), 2);
}

#[test]
fn shutdown_hands_out_what_is_left_and_drops_later_spans() {
    let queue = queue(10, 4);
    queue.push(&span("left"));
    queue.stop(Instant::now());
    queue.push(&span("late"));
    assert_eq!(queue.take(Duration::from_secs(60)).map(|batch| batch.len()), Some(1));
    assert!(queue.take(Duration::from_secs(60)).is_none());
    assert_eq!(queue.counts().dropped_late.load(Ordering::Relaxed), 1);
}

#[test]
fn a_flush_waits_for_the_spans_before_it_and_for_no_later_ones() {
    let queue = queue(10, 4);
    assert_eq!(queue.flush(Instant::now() + Duration::from_secs(60)), 0, "there is nothing to wait for");
    queue.push(&span("in export"));
    let first = queue.take(Duration::ZERO).expect("a batch");
    queue.push(&span("waiting"));
    std::thread::scope(|scope| {
        let flush = scope.spawn(|| queue.flush(Instant::now() + Duration::from_secs(60)));
        // The batch is not full, and the delay has not passed.
        let second = queue.take(Duration::from_secs(60)).expect("a batch");
        queue.push(&span("later"));
        queue.settle(first);
        queue.settle(second);
        assert_eq!(flush.join().expect("no panic"), 0);
    });
    assert_eq!(queue.len(), 1);
}

#[test]
fn a_flush_ends_at_its_deadline() {
    let queue = queue(10, 4);
    queue.push(&span("waiting"));
    assert_eq!(queue.flush(Instant::now()), 1);
}
