//! Spans that are entered while they are already current.
//!
//! This happens when a future polls another future that is instrumented with the same span.

use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use telemetry::trace_id_of_current;
use tracing::Span;

use crate::app::harness;

/// Span id of the active OpenTelemetry context.
fn active() -> SpanId {
    Context::map_current(|context| context.span().span_context().span_id())
}

fn root() -> Span {
    tracing::info_span!(parent: None, "root")
}

#[actix_web::test]
async fn reentered_span_stays_current_until_its_last_exit() {
    harness();
    let root = root();
    let expected = root.in_scope(active);
    assert_ne!(expected, SpanId::INVALID);
    let (outer, inner) = (root.enter(), root.enter());
    assert_eq!(active(), expected);
    drop(outer);
    assert_eq!((active(), Span::current().id()), (expected, root.id()));
    drop(inner);
    assert_eq!((active(), Span::current().id()), (SpanId::INVALID, None));
}

#[actix_web::test]
async fn reentered_span_ends_at_its_last_exit() {
    const PAUSE: Duration = Duration::from_millis(50);
    let sink = &harness().sink;
    let (root, started) = (root(), Instant::now());
    let trace_id = root.in_scope(|| {
        root.in_scope(|| ());
        std::thread::sleep(PAUSE);
        trace_id_of_current()
    });
    let exited_after = started.elapsed();
    std::thread::sleep(PAUSE);
    drop(root);
    let spans = sink.trace(&trace_id.expect("a trace"), 1).await;
    let duration = Duration::from_nanos(spans[0].end - spans[0].start);
    assert!((PAUSE..exited_after + PAUSE / 2).contains(&duration), "{duration:?} of {exited_after:?}");
}

#[actix_web::test]
async fn reentered_span_is_current_within_an_attached_opentelemetry_context() {
    harness();
    let other =
        SpanContext::new(TraceId::from(7), SpanId::from(7), TraceFlags::SAMPLED, true, TraceState::NONE);
    let root = root();
    root.in_scope(|| {
        let expected = active();
        let attached = Context::current().with_remote_span_context(other).attach();
        assert_eq!(root.in_scope(active), expected);
        assert_eq!(active(), SpanId::from(7), "the attached context is active again after the exit");
        drop(attached);
        assert_eq!(active(), expected);
    });
    assert_eq!(active(), SpanId::INVALID);
}
