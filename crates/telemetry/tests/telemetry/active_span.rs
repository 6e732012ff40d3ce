//! The active span of OpenTelemetry's API is the exported span, and the server span is reached from any depth.

use opentelemetry::trace::{
    SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId, TraceState, get_active_span,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use telemetry::OpenTelemetrySpanExt;
use telemetry::trace_id_of_current;
use tracing::info_span;

use crate::app::harness;
use crate::sink::{event_text, hex, only};

#[actix_web::test]
async fn the_active_span_is_the_exported_span() {
    let sink = &harness().sink;
    let root = info_span!(parent: None, "before");
    let other =
        SpanContext::new(TraceId::from(7), SpanId::from(7), TraceFlags::SAMPLED, true, TraceState::NONE);
    let trace_id = root.in_scope(|| {
        get_active_span(|span| {
            assert!(span.is_recording());
            span.set_attribute(KeyValue::new("user.id", 7));
            span.set_attribute(KeyValue::new("user.id", 8));
            span.add_event("seen", vec![KeyValue::new("times", 2)]);
            span.record_error(&std::io::Error::other("the disk is full"));
            span.add_link(other, Vec::new());
            span.set_status(Status::error("not today"));
            span.update_name("after");
        });
        trace_id_of_current()
    });
    drop(root);
    let spans = sink.trace(&trace_id.expect("a trace"), 1).await;
    let span = &spans[0];
    assert_eq!((&*span.name, span.integer("user.id")), ("after", Some(8)));
    assert_eq!((span.status, &*span.status_message), (2, "not today"));
    assert_eq!((&*span.events[0].name, &*span.events[1].name), ("seen", "exception"));
    assert_eq!(event_text(&span.events[1], "exception.message").as_deref(), Some("the disk is full"));
    assert_eq!(hex(&span.links[0].trace_id), format!("{:032x}", 7));
}

#[actix_web::test]
async fn a_context_reaches_its_span_from_another_thread_until_the_span_closes() {
    let sink = &harness().sink;
    let root = info_span!(parent: None, "root");
    let (context, trace_id) = root.in_scope(|| (Context::current(), trace_id_of_current()));
    let on_thread = context.clone();
    let set =
        std::thread::spawn(move || on_thread.span().set_attribute(KeyValue::new("app.thread", "other")));
    set.join().expect("no panic");
    drop(root);
    assert!(!context.span().is_recording(), "it has closed");
    context.span().set_attribute(KeyValue::new("app.late", 1));
    let spans = sink.trace(&trace_id.expect("a trace"), 1).await;
    assert_eq!((spans[0].text("app.thread"), spans[0].integer("app.late")), (Some("other"), None));
}

#[actix_web::test]
async fn an_end_through_the_api_is_the_end_of_the_span() {
    let sink = &harness().sink;
    let root = info_span!(parent: None, "root");
    let trace_id = root.in_scope(|| {
        get_active_span(|span| span.end());
        assert!(!get_active_span(|span| span.is_recording()));
        trace_id_of_current()
    });
    let ended = std::time::SystemTime::now();
    std::thread::sleep(std::time::Duration::from_millis(2));
    root.in_scope(|| {});
    drop(root);
    let spans = sink.trace(&trace_id.expect("a trace"), 1).await;
    let ended = ended.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_nanos();
    assert!(u128::from(spans[0].end) <= ended);
}

#[actix_web::test]
async fn an_unsampled_span_is_not_recording() {
    harness();
    let unsampled =
        SpanContext::new(TraceId::from(3), SpanId::from(9), TraceFlags::NOT_SAMPLED, true, TraceState::NONE);
    let root = info_span!(parent: None, "root");
    assert_eq!(root.set_parent(Context::new().with_remote_span_context(unsampled)), Ok(()));
    root.in_scope(|| {
        get_active_span(|span| {
            assert!(span.span_context().is_valid() && !span.is_recording());
            span.set_attribute(KeyValue::new("user.id", 7));
        });
    });
}

#[actix_web::test]
async fn the_server_span_is_reached_from_any_depth_and_keeps_the_name_it_is_given() {
    let harness = harness();
    assert!(telemetry::server::context().is_none(), "outside of a request");
    let response = reqwest::get(format!("{}/deep", harness.url)).await.expect("a response");
    let trace_id = response.headers()["traceresponse"].to_str().expect("text")[3..35].to_owned();
    let spans = harness.sink.trace(&trace_id, 3).await;
    let server = only(&spans, SpanKind::Server);
    assert_eq!((&*server.name, server.text("http.route")), ("the deep one", Some("/deep")));
    assert_eq!((server.integer("user.id"), server.text("app.tenant")), (Some(7), Some("starfleet")));
    let inner = spans.iter().find(|span| span.name == "inner").expect("inner");
    assert_eq!((inner.integer("user.id"), inner.integer("app.depth")), (None, Some(2)));
}
