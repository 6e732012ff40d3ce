//! Spans below one that nobody will see: they have nothing of their own, and stay what they are to everybody else.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use telemetry::carrier::TraceCarrier;
use telemetry::trace_id_of_current;
use tracing::Span;

use crate::app::harness;

/// A context in which nothing is recorded.
fn unsampled() -> TraceCarrier {
    TraceCarrier {
        traceparent: "00-6bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00".into(),
        tracestate: None,
    }
}

/// A span that nobody will see, as a service's.
fn unseen() -> Span {
    let mut span = tracing::info_span!(parent: None, "unseen");
    unsampled().set_parent_of(&mut span);
    span
}

#[actix_web::test]
async fn a_span_below_one_that_was_not_sampled_can_be_given_a_parent_that_was() {
    harness();
    let root = tracing::info_span!(parent: None, "root");
    let carrier = root.in_scope(TraceCarrier::current).expect("a context");
    let trace_id = root.in_scope(trace_id_of_current).expect("a trace");
    drop(root);
    let outer = unseen();
    let other = outer.in_scope(|| {
        let mut span = tracing::info_span!("moved", app.late = tracing::field::Empty);
        let sibling = tracing::info_span!("sibling");
        carrier.set_parent_of(&mut span);
        span.record("app.late", 1);
        span.in_scope(|| tracing::info_span!("below").in_scope(|| {}));
        drop(span);
        sibling.in_scope(trace_id_of_current)
    });
    assert_eq!(other.as_deref(), Some("6bf92f3577b34da6a3ce929d0e0e4736"), "the others stay where they were");
    let spans = harness().sink.trace(&trace_id, 3).await;
    let named = |name: &str| spans.iter().find(|span| span.name == name).expect(name);
    assert_eq!(named("moved").parent, named("root").span_id);
    assert_eq!(named("moved").integer("app.late"), Some(1));
    assert_eq!(named("below").parent, named("moved").span_id);
}

#[actix_web::test]
async fn below_a_span_that_was_not_sampled_contexts_go_on_as_everywhere() {
    let _ = harness();
    let ids = || Context::map_current(|context| context.span().span_context().clone());
    let baggage = || Context::map_current(|context| context.baggage().get("user").map(ToString::to_string));
    let outer = unseen();
    let (inner, outside) = outer.in_scope(|| (tracing::info_span!("inner"), ids()));
    let elsewhere = std::thread::spawn(move || inner.in_scope(ids)).join().expect("no panic");
    assert_eq!(elsewhere, outside, "in another place the context is that of the span above");

    let entered = outer.enter();
    let with_baggage = Context::current_with_baggage([KeyValue::new("user", "worf")]).attach();
    let inner = tracing::info_span!("inner");
    drop(with_baggage);
    assert_eq!(inner.in_scope(baggage).as_deref(), Some("worf"), "what was added above is carried along");
    let other =
        SpanContext::new(TraceId::from(7), SpanId::from(7), TraceFlags::SAMPLED, true, TraceState::NONE);
    let attached = Context::current().with_remote_span_context(other).attach();
    let inner = tracing::info_span!("inner");
    drop(attached);
    assert_eq!(inner.in_scope(ids).trace_id(), TraceId::from(7), "whoever is active is the parent");
    assert_eq!(ids(), outside);
    drop((inner, entered));
    outer.in_scope(|| {
        let inner = tracing::info_span!("inner");
        inner.in_scope(|| inner.in_scope(|| assert_eq!(ids(), outside)));
        assert_eq!(ids(), outside);
    });
}
