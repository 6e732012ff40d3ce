//! What Rust services write every day: `#[instrument(err)]`, `error!` in a span, values that are recorded late.

use std::error::Error;
use std::io;

use telemetry::database::Statement;
use telemetry::trace_id_of_current;
use tracing::field::Empty;
use tracing::{Span, error, info, info_span, instrument, warn};

use crate::app::harness;
use crate::sink::{self, event_text};

/// Runs `work` within a span, and returns the spans of its trace: that one, and `more`.
async fn spans_of(more: usize, work: impl FnOnce()) -> Vec<sink::Span> {
    let sink = &harness().sink;
    let root = info_span!(parent: None, "root");
    let trace_id = root.in_scope(|| {
        work();
        trace_id_of_current()
    });
    drop(root);
    sink.trace(&trace_id.expect("a trace"), more + 1).await
}

fn named<'a>(spans: &'a [sink::Span], name: &str) -> &'a sink::Span {
    spans.iter().find(|span| span.name == name).expect(name)
}

fn disk_is_full() -> io::Error {
    io::Error::other("the disk is full")
}

#[instrument(err)]
fn returns_error() -> io::Result<()> {
    error!("an error on the way");
    Err(disk_is_full())
}

#[instrument(err(Debug))]
fn returns_debug_error() -> io::Result<()> {
    Err(io::ErrorKind::NotFound.into())
}

#[instrument(err(level = "warn"))]
fn returns_warning() -> io::Result<()> {
    Err(disk_is_full())
}

#[instrument(ret)]
fn returns_seven() -> i64 {
    7
}

#[actix_web::test]
async fn an_error_that_a_function_returns_is_the_status_of_its_span_and_an_exception() {
    let spans = spans_of(3, || {
        let _ = (returns_error(), returns_debug_error(), returns_warning());
    })
    .await;
    let expected = [
        ("returns_error", "the disk is full"),
        ("returns_debug_error", "Kind(NotFound)"),
        ("returns_warning", "the disk is full"),
    ];
    for (name, message) in expected {
        let span = named(&spans, name);
        assert_eq!((span.status, &*span.status_message), (2, message), "{name}");
        let exception = span.events.last().expect("an event");
        assert_eq!(exception.name, "exception");
        assert_eq!(event_text(exception, "exception.message").as_deref(), Some(message));
    }
    assert_eq!(named(&spans, "returns_error").events[0].name, "an error on the way");
    assert_eq!(named(&spans, "root").status, 0, "the caller may handle the error");
}

#[actix_web::test]
async fn a_returned_value_is_an_event() {
    let spans = spans_of(1, || assert_eq!(returns_seven(), 7)).await;
    let span = named(&spans, "returns_seven");
    assert_eq!((span.status, &*span.events[0].name), (0, "return"));
    assert_eq!(event_text(&span.events[0], "return").as_deref(), Some("7"));
}

#[actix_web::test]
async fn a_logged_error_is_the_status_of_its_span_and_a_warning_is_not() {
    let failure = disk_is_full();
    let spans = spans_of(5, || {
        info_span!("message").in_scope(|| error!(error = %failure, "cannot save"));
        info_span!("only message").in_scope(|| {
            error!("cannot save");
            error!("later");
        });
        info_span!("value").in_scope(|| error!(error = &failure as &dyn Error, "cannot save"));
        info_span!("warning").in_scope(|| warn!(error = &failure as &dyn Error, "trying again"));
        info_span!("ok", otel.status_code = "ok").in_scope(|| error!("handled"));
    })
    .await;
    let status = |name: &str| {
        let span = named(&spans, name);
        (span.status, span.status_message.clone())
    };
    assert_eq!(status("message"), (2, "the disk is full".to_owned()));
    assert_eq!(status("only message"), (2, "cannot save".to_owned()), "the first error");
    assert_eq!(status("value"), (2, "the disk is full".to_owned()));
    assert_eq!(status("warning"), (0, String::new()));
    assert_eq!(status("ok").0, 1, "ok is final");
    let event = |name: &str| &named(&spans, name).events[0];
    assert_eq!(event("message").name, "cannot save");
    assert_eq!(event_text(event("message"), "error").as_deref(), Some("the disk is full"));
    for name in ["value", "warning"] {
        assert_eq!(event(name).name, "exception");
        assert_eq!(event_text(event(name), "exception.message").as_deref(), Some("the disk is full"));
    }
    assert_eq!(event_text(event("value"), "message").as_deref(), Some("cannot save"));
}

#[actix_web::test]
async fn the_status_of_a_statement_follows_its_outcome_and_not_the_log() {
    let statement = Statement::new("sqlite", "SELECT", "users").namespace("main").text("SELECT 1");
    let spans = spans_of(1, || statement.span().in_scope(|| error!("unrelated"))).await;
    let span = named(&spans, "SELECT users");
    assert_eq!((span.status, &*span.events[0].name), (0, "unrelated"));
}

#[actix_web::test]
async fn an_event_without_a_message_has_the_name_given_to_it_or_its_target() {
    let spans = spans_of(0, || {
        info!(app.step = 1);
        tracing::event!(name: "cache.miss", tracing::Level::INFO, app.step = 2);
    })
    .await;
    let names: Vec<&str> = spans[0].events.iter().map(|event| &*event.name).collect();
    assert_eq!(names, [module_path!(), "cache.miss"]);
}

#[actix_web::test]
async fn values_that_are_recorded_late_reach_the_exported_span() {
    let spans = spans_of(1, || {
        let span = info_span!(
            "before",
            otel.name = Empty,
            otel.kind = Empty,
            otel.status_code = Empty,
            otel.status_message = Empty,
            app.late = Empty
        );
        span.in_scope(|| {
            let span = Span::current();
            span.record("otel.name", "after").record("otel.kind", "producer").record("app.late", 7);
            span.record("otel.status_code", "error").record("otel.status_message", "too late");
        });
    })
    .await;
    let span = named(&spans, "after");
    assert_eq!(span.integer("app.late"), Some(7));
    assert_eq!((span.status, &*span.status_message), (2, "too late"));
    assert_eq!(span.kind, opentelemetry_proto::tonic::trace::v1::span::SpanKind::Producer);
}
