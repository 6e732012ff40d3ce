//! A span that is entered while it is current already, as every future is that polls another one within its own span.

use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use telemetry::trace_id_of_current;
use tracing::Span;

use crate::app::harness;

/// Who is active, to OpenTelemetry's API.
fn active() -> SpanId {
    Context::map_current(|context| context.span().span_context().span_id())
}

fn root() -> Span {
    tracing::info_span!(parent: None, "root")
}

#[actix_web::test]
async fn a_span_that_is_entered_again_stays_current_until_it_is_left_as_often() {
    harness();
    let root = root();
    let outside = root.in_scope(active);
    assert_ne!(outside, SpanId::INVALID);
    let (outer, inner) = (root.enter(), root.enter());
    assert_eq!(active(), outside);
    drop(outer);
    assert_eq!((active(), Span::current().id()), (outside, root.id()));
    drop(inner);
    assert_eq!((active(), Span::current().id()), (SpanId::INVALID, None));
}

#[actix_web::test]
async fn a_span_that_is_entered_again_ends_with_its_last_exit() {
    const WHILE: Duration = Duration::from_millis(50);
    let sink = &harness().sink;
    let (root, began) = (root(), Instant::now());
    let trace_id = root.in_scope(|| {
        root.in_scope(|| ());
        std::thread::sleep(WHILE);
        trace_id_of_current()
    });
    let left = began.elapsed();
    std::thread::sleep(WHILE);
    drop(root);
    let spans = sink.trace(&trace_id.expect("a trace"), 1).await;
    let lasted = Duration::from_nanos(spans[0].end - spans[0].start);
    assert!((WHILE..left + WHILE / 2).contains(&lasted), "{lasted:?} of {left:?}");
}

#[actix_web::test]
async fn a_span_is_current_again_below_what_opentelemetry_s_own_api_made_active_within_it() {
    harness();
    let other =
        SpanContext::new(TraceId::from(7), SpanId::from(7), TraceFlags::SAMPLED, true, TraceState::NONE);
    let root = root();
    root.in_scope(|| {
        let own = active();
        let attached = Context::current().with_remote_span_context(other).attach();
        assert_eq!(root.in_scope(active), own);
        assert_eq!(active(), SpanId::from(7), "and what was active above is so afterwards");
        drop(attached);
        assert_eq!(active(), own);
    });
    assert_eq!(active(), SpanId::INVALID);
}
