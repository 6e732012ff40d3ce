//! `OpenTelemetrySpanExt`: what code that moves from tracing-opentelemetry calls on its spans.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use telemetry::{OpenTelemetrySpanExt, SetParentError};
use tracing::{Span, info_span};

use crate::app::harness;
use crate::sink::hex;
use crate::start::SHARES_STATE;

fn span_context(trace_id: u128, flags: TraceFlags) -> SpanContext {
    SpanContext::new(TraceId::from(trace_id), SpanId::from(9), flags, true, TraceState::NONE)
}

#[actix_web::test]
async fn values_reach_the_exported_span_without_being_declared() {
    let sink = &harness().sink;
    let remote = span_context(0x5eed_0001, TraceFlags::SAMPLED);
    let span = info_span!(parent: None, "moved");
    assert_eq!(span.set_parent(Context::new().with_remote_span_context(remote.clone())), Ok(()));
    assert_eq!(span.context().span().span_context().trace_id(), remote.trace_id());
    let earlier = SystemTime::now() - Duration::from_secs(60);
    span.in_scope(|| {
        let span = Span::current();
        span.set_attribute("user.id", 7);
        span.set_attribute("user.id", 8);
        span.set_attribute("user.name", "worf".to_owned());
        span.add_event("seen", vec![KeyValue::new("times", 2)]);
        span.add_event_with_timestamp("earlier", earlier, Vec::new());
        span.add_link(span_context(1, TraceFlags::SAMPLED));
        span.add_link_with_attributes(
            span_context(2, TraceFlags::SAMPLED),
            vec![KeyValue::new("why", "batch")],
        );
        span.set_status(Status::error("not today"));
    });
    drop(span);
    let spans = sink.trace(&remote.trace_id().to_string(), 1).await;
    let span = &spans[0];
    assert_eq!((&*span.name, &*span.parent), ("moved", "0000000000000009"));
    assert_eq!((span.integer("user.id"), span.text("user.name")), (Some(8), Some("worf")));
    assert_eq!((span.status, &*span.status_message), (2, "not today"));
    assert_eq!((&*span.events[0].name, &*span.events[1].name), ("seen", "earlier"));
    assert!(span.events[1].time_unix_nano < span.start);
    let links: Vec<(String, usize)> =
        span.links.iter().map(|link| (hex(&link.trace_id), link.attributes.len())).collect();
    assert_eq!(links, [(format!("{:032x}", 1), 0), (format!("{:032x}", 2), 1)]);
}

#[actix_web::test]
async fn a_span_that_is_not_traced_accepts_everything_and_keeps_the_current_context() {
    harness();
    let span = Span::none();
    assert_eq!(span.set_parent(Context::new()), Err(SetParentError::NotTraced));
    span.set_attribute("user.id", 7);
    span.add_event("seen", Vec::new());
    let root = info_span!(parent: None, "root");
    root.in_scope(|| {
        assert_eq!(span.context().span().span_context(), root.context().span().span_context());
    });
}

#[actix_web::test]
async fn a_span_that_shares_the_state_of_its_parent_keeps_it_and_says_so() {
    harness();
    let unsampled = Context::new().with_remote_span_context(span_context(3, TraceFlags::NOT_SAMPLED));
    let sampled = Context::new().with_remote_span_context(span_context(4, TraceFlags::SAMPLED));
    let root = info_span!(parent: None, "root");
    assert_eq!(root.set_parent(unsampled), Ok(()));
    root.in_scope(|| {
        let inner = info_span!("inner");
        let (expected, trace_id) =
            if SHARES_STATE { (Err(SetParentError::SharedState), 3) } else { (Ok(()), 4) };
        assert_eq!(inner.set_parent(sampled), expected);
        assert_eq!(inner.context().span().span_context().trace_id(), TraceId::from(trace_id));
    });
    assert_eq!(root.context().span().span_context().trace_id(), TraceId::from(3));
}
