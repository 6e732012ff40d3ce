//! Traces of background work: notifications of a posted activity, and the sweep of expired activities.

use serde_json::json;
use testkit::{Sink, Span, TraceResponse};

use crate::system::{SAMPLE, System, traceresponse, up};

/// Posts a reply that mentions a user, so that a notification is queued.
async fn post(system: &System) -> TraceResponse {
    let path = format!("/api/activities/{SAMPLE}/reply");
    let body = json!({"message": "What does @worf say?"});
    let response = system.send("POST", &path, Some(&body)).await;
    assert_eq!(response.status(), 201);
    TraceResponse::parse(&traceresponse(&response))
}

fn is_processing(span: &Span) -> bool {
    span.label() == "activities [consumer] process notifications"
}

#[tokio::test]
async fn a_notification_is_processed_in_its_own_trace_with_a_link_to_the_request() {
    let sink = Sink::start();
    let system = System::exporting_to(&sink).await;
    let request = post(&system).await;
    let span = sink.span_when("a processed notification", is_processing).await;
    assert_ne!(span.trace_id, request.trace_id);
    assert_eq!(span.parent, None);
    let [link] = &span.links[..] else { panic!("expected one link:\n{}", span.describe()) };
    assert_eq!(link.trace_id, request.trace_id);
    let trace = sink.trace(&request.trace_id).await;
    let send = trace.only("activities [producer] send notifications");
    assert_eq!(link.span_id, send.span_id, "{trace}");
    let own = sink.trace(&span.trace_id).await;
    own.assert_one_linked_trace();
}

#[tokio::test]
async fn a_notification_can_be_a_child_of_the_request() {
    let sink = Sink::start();
    let system = System::of(up().exporting_to(&sink).env("OUTBOX_TRACE", "child")).await;
    let request = post(&system).await;
    let span = sink.span_when("a processed notification", is_processing).await;
    assert_eq!((span.trace_id.as_str(), span.links.len()), (request.trace_id.as_str(), 0));
    let trace = sink.trace(&request.trace_id).await;
    trace.assert_one_linked_trace();
    assert_eq!(
        trace.parent_of(&span).map(Span::label),
        Some("activities [producer] send notifications".into())
    );
}

#[tokio::test]
async fn the_sweep_of_expired_activities_is_a_root_span() {
    let sink = Sink::start();
    let _system = System::of(up().exporting_to(&sink).env("EXPIRY_SWEEP_MS", "50")).await;
    let sweep = sink.span_when("a sweep", |span| span.name == "sweep expired activities").await;
    assert_eq!((sweep.parent.as_deref(), sweep.service.as_str()), (None, "activities"));
    assert!(sweep.attribute("app.expired_count").and_then(testkit::Value::as_int).is_some());
}
