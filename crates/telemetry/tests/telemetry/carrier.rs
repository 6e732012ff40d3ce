//! Stored trace contexts, database spans and messaging spans.

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use telemetry::carrier::TraceCarrier;
use telemetry::database::{Statement, record_outcome};
use telemetry::messaging::Messages;
use telemetry::trace_id_of_current;

use crate::app::harness;
use crate::sink::{event_text, hex, only};

fn notifications(count: usize) -> Messages<'static> {
    Messages::new("cruddur", "notifications").count(count)
}

/// Sends one message. Returns its carrier and trace id.
fn send_message() -> (TraceCarrier, String) {
    harness();
    let root = tracing::info_span!(parent: None, "request");
    root.in_scope(|| {
        let publish = notifications(1).send();
        let carrier = publish.in_scope(TraceCarrier::current).expect("a context");
        (carrier, trace_id_of_current().expect("a trace"))
    })
}

#[actix_web::test]
async fn carrier_links_a_new_trace_to_the_producer_span() {
    let sink = &harness().sink;
    let (carrier, trace_id) = send_message();
    let process = notifications(1).process();
    carrier.link_from(&process);
    let other = process.in_scope(trace_id_of_current).expect("a trace");
    drop(process);
    assert_ne!(other, trace_id);
    let spans = sink.trace(&trace_id, 2).await;
    let producer = only(&spans, SpanKind::Producer);
    assert_eq!(producer.name, "send notifications");
    assert_eq!(producer.text("messaging.operation.type"), Some("send"));
    let spans = sink.trace(&other, 1).await;
    let consumer = only(&spans, SpanKind::Consumer);
    assert_eq!(consumer.name, "process notifications");
    assert_eq!(consumer.text("messaging.destination.name"), Some("notifications"));
    assert_eq!(consumer.parent, "");
    assert_eq!(hex(&consumer.links[0].trace_id), trace_id);
    assert_eq!(hex(&consumer.links[0].span_id), producer.span_id);
}

const SELECT: Statement<'_> = Statement::new("sqlite", "SELECT", "users").namespace("users").text("SELECT 1");

#[actix_web::test]
async fn carrier_sets_the_producer_span_as_parent() {
    let (carrier, trace_id) = send_message();
    let mut process = notifications(3).process();
    carrier.set_parent_of(&mut process);
    process.in_scope(|| {
        let span = SELECT.span();
        record_outcome(&span, Some(4), None);
    });
    drop(process);
    let spans = harness().sink.trace(&trace_id, 4).await;
    let consumer = only(&spans, SpanKind::Consumer);
    assert_eq!(consumer.parent, only(&spans, SpanKind::Producer).span_id);
    assert_eq!(consumer.integer("messaging.batch.message_count"), Some(3));
    let statement = only(&spans, SpanKind::Client);
    assert_eq!(statement.parent, consumer.span_id);
    assert_eq!(statement.name, "SELECT users");
    assert_eq!(statement.text("db.system.name"), Some("sqlite"));
    assert_eq!(statement.text("db.namespace"), Some("users"));
    assert_eq!(statement.text("db.operation.name"), Some("SELECT"));
    assert_eq!(statement.text("db.collection.name"), Some("users"));
    assert_eq!(statement.text("db.query.text"), Some("SELECT 1"));
    assert_eq!(statement.text("db.query.summary"), Some("SELECT users"));
    assert_eq!(statement.integer("db.response.returned_rows"), Some(4));
}

#[actix_web::test]
async fn failed_statement_records_the_database_status_code() {
    harness();
    let root = tracing::info_span!(parent: None, "root");
    let trace_id = root.in_scope(|| {
        let statement = Statement::new("postgresql", "INSERT", "users").namespace("users").text("INSERT");
        record_outcome(
            &statement.span(),
            None,
            Some((&std::io::Error::other("duplicate key"), Some("23505"))),
        );
        trace_id_of_current().expect("a trace")
    });
    drop(root);
    let spans = harness().sink.trace(&trace_id, 2).await;
    let span = only(&spans, SpanKind::Client);
    assert_eq!(span.status, 2);
    assert_eq!(span.text("db.response.status_code"), Some("23505"));
    assert_eq!(span.text("error.type"), Some("23505"));
    assert_eq!(event_text(span.event("exception"), "exception.message").as_deref(), Some("duplicate key"));
}

#[actix_web::test]
async fn only_the_first_statement_outcome_is_recorded() {
    harness();
    let root = tracing::info_span!(parent: None, "root");
    let trace_id = root.in_scope(|| {
        let span = SELECT.span();
        record_outcome(&span, Some(1), None);
        record_outcome(&span, Some(2), Some((&std::io::Error::other("late"), None)));
        trace_id_of_current().expect("a trace")
    });
    drop(root);
    let spans = harness().sink.trace(&trace_id, 2).await;
    let span = only(&spans, SpanKind::Client);
    assert_eq!(span.attributes.len(), 7, "{:?}", span.attributes);
    assert_eq!(span.integer("db.response.returned_rows"), Some(1));
    assert_eq!((span.status, span.events.len()), (0, 0));
}

#[actix_web::test]
async fn opentelemetry_api_spans_nest_with_tracing_spans() {
    use opentelemetry::trace::Tracer;
    harness();
    let root = tracing::info_span!(parent: None, "root");
    let trace_id = root.in_scope(|| {
        opentelemetry::global::tracer("a library").in_span("sdk", |_| {
            tracing::info_span!("inside").in_scope(|| {});
        });
        trace_id_of_current().expect("a trace")
    });
    drop(root);
    let spans = harness().sink.trace(&trace_id, 3).await;
    let named = |name: &str| spans.iter().find(|span| span.name == name).expect(name);
    assert_eq!(named("sdk").parent, named("root").span_id);
    assert_eq!(named("inside").parent, named("sdk").span_id);
}

#[actix_web::test]
async fn unsampled_span_is_recorded_after_reparenting_to_a_sampled_parent() {
    let (carrier, trace_id) = send_message();
    let unsampled = TraceCarrier::new("00-6bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00".into(), None);
    let mut process = notifications(1).process();
    unsampled.set_parent_of(&mut process);
    carrier.set_parent_of(&mut process);
    process.in_scope(|| tracing::info_span!("below").in_scope(|| {}));
    drop(process);
    let spans = harness().sink.trace(&trace_id, 4).await;
    let below = spans.iter().find(|span| span.name == "below").expect("the child");
    assert!(spans.iter().any(|span| span.span_id == below.parent), "{spans:#?}");
}

#[actix_web::test]
async fn a_statement_has_the_attributes_that_are_known_of_it() {
    harness();
    let root = tracing::info_span!(parent: None, "root");
    let trace_id = root.in_scope(|| {
        drop(Statement::new("sqlite", "PRAGMA", "optimize").span());
        trace_id_of_current().expect("a trace")
    });
    drop(root);
    let spans = harness().sink.trace(&trace_id, 2).await;
    let statement = only(&spans, SpanKind::Client);
    let mut keys: Vec<&str> = statement.attributes.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["db.collection.name", "db.operation.name", "db.query.summary", "db.system.name"]);
}
