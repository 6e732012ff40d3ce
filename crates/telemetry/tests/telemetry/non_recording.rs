//! Non-recording spans: they hold no data of their own, and still propagate contexts and baggage.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use telemetry::carrier::TraceCarrier;
use telemetry::trace_id_of_current;
use tracing::Span;

use crate::app::harness;

/// A carrier whose trace is unsampled.
fn unsampled() -> TraceCarrier {
    TraceCarrier::new("00-6bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00".into(), None)
}

/// A non-recording span with an unsampled remote parent.
fn non_recording() -> Span {
    let mut span = tracing::info_span!(parent: None, "non-recording");
    unsampled().set_parent_of(&mut span);
    span
}

#[actix_web::test]
async fn child_of_an_unsampled_span_can_be_reparented_to_a_sampled_span() {
    harness();
    let root = tracing::info_span!(parent: None, "root");
    let carrier = root.in_scope(TraceCarrier::current).expect("a context");
    let trace_id = root.in_scope(trace_id_of_current).expect("a trace");
    drop(root);
    let outer = non_recording();
    let other = outer.in_scope(|| {
        let mut span = tracing::info_span!("moved", app.late = tracing::field::Empty);
        let sibling = tracing::info_span!("sibling");
        carrier.set_parent_of(&mut span);
        span.record("app.late", 1);
        span.in_scope(|| tracing::info_span!("below").in_scope(|| {}));
        drop(span);
        sibling.in_scope(trace_id_of_current)
    });
    assert_eq!(other.as_deref(), Some("6bf92f3577b34da6a3ce929d0e0e4736"), "the sibling keeps its trace");
    let spans = harness().sink.trace(&trace_id, 3).await;
    let named = |name: &str| spans.iter().find(|span| span.name == name).expect(name);
    assert_eq!(named("moved").parent, named("root").span_id);
    assert_eq!(named("moved").integer("app.late"), Some(1));
    assert_eq!(named("below").parent, named("moved").span_id);
}

#[actix_web::test]
async fn non_recording_spans_propagate_contexts_and_baggage() {
    let _ = harness();
    let span_context = || Context::map_current(|context| context.span().span_context().clone());
    let baggage = || Context::map_current(|context| context.baggage().get("user").map(ToString::to_string));
    let outer = non_recording();
    let (inner, expected) = outer.in_scope(|| (tracing::info_span!("inner"), span_context()));
    let on_thread = std::thread::spawn(move || inner.in_scope(span_context)).join().expect("no panic");
    assert_eq!(on_thread, expected, "on another thread the context is that of the parent");

    let entered = outer.enter();
    let with_baggage = Context::current_with_baggage([KeyValue::new("user", "worf")]).attach();
    let inner = tracing::info_span!("inner");
    drop(with_baggage);
    assert_eq!(
        inner.in_scope(baggage).as_deref(),
        Some("worf"),
        "baggage of the parent context is inherited"
    );
    let other =
        SpanContext::new(TraceId::from(7), SpanId::from(7), TraceFlags::SAMPLED, true, TraceState::NONE);
    let attached = Context::current().with_remote_span_context(other).attach();
    let inner = tracing::info_span!("inner");
    drop(attached);
    assert_eq!(inner.in_scope(span_context).trace_id(), TraceId::from(7), "the active span is the parent");
    assert_eq!(span_context(), expected);
    drop((inner, entered));
    outer.in_scope(|| {
        let inner = tracing::info_span!("inner");
        inner.in_scope(|| inner.in_scope(|| assert_eq!(span_context(), expected)));
        assert_eq!(span_context(), expected);
    });
}
