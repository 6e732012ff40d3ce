//! `telemetry::testing`: finished spans as plain values.

use std::io::Write;
use std::sync::{Arc, Mutex};

use opentelemetry::trace::TraceContextExt;
use telemetry::OpenTelemetrySpanExt;
use telemetry::database::Statement;
use telemetry::testing::{self, Status};
use tracing::instrument::WithSubscriber;
use tracing::{Instrument, debug_span, error, info_span};
use tracing_subscriber::prelude::*;

#[test]
fn a_finished_span_is_read_back_as_plain_values() {
    let (subscriber, spans) = testing::subscriber();
    tracing::subscriber::with_default(subscriber, || {
        let outer = info_span!("outer", otel.kind = "consumer", app.id = 7, app.name = "x", app.fresh = true);
        outer.in_scope(|| {
            info_span!("inner").in_scope(|| error!(app.step = 1, "it failed"));
            debug_span!("detail").in_scope(|| {});
            assert_eq!(spans.all().len(), 1, "outer has not finished");
        });
        let other = info_span!(parent: None, "other");
        outer.add_link(other.context().span().span_context().clone());
    });
    let (outer, inner) = (spans.named("outer"), spans.named("inner"));
    assert_eq!((&inner.trace_id, inner.parent_id.as_ref()), (&outer.trace_id, Some(&outer.span_id)));
    assert_eq!((outer.trace_id.len(), outer.span_id.len(), outer.parent_id), (32, 16, None));
    assert_eq!((outer.kind, inner.kind), ("consumer", "internal"));
    assert_eq!(outer.attributes["app.id"], 7);
    assert_eq!(outer.attributes["app.name"], "x");
    assert_eq!(outer.attributes["app.fresh"], true);
    assert_eq!((outer.status, inner.status), (Status::Unset, Status::Error("it failed".to_owned())));
    assert_eq!((&*inner.events[0].name, &inner.events[0].attributes["app.step"]), ("it failed", &1.into()));
    assert!(inner.start >= outer.start && inner.duration <= outer.duration);
    assert_eq!(outer.links[0].span_id, spans.named("other").span_id);
    assert_eq!(spans.all().len(), 3, "the span at DEBUG is not traced");
    spans.clear();
    assert!(spans.all().is_empty());
}

#[actix_web::test]
async fn subscribers_of_tests_are_independent() {
    let run = async |name: &'static str| {
        let (layer, spans) = testing::layer();
        let subscriber = tracing_subscriber::registry().with(layer);
        let work = async {
            let span = info_span!("work", otel.name = name);
            tokio::task::yield_now().instrument(span).await;
        };
        work.with_subscriber(subscriber).await;
        spans
    };
    let (one, other) = tokio::join!(run("one"), run("other"));
    for (spans, name) in [(one, "one"), (other, "other")] {
        assert_eq!(spans.all().len(), 1);
        spans.named(name);
    }
}

#[test]
fn of_two_layers_in_one_registry_only_one_records() {
    let ((one, spans_of_one), (other, spans_of_other)) = (testing::layer(), testing::layer());
    let subscriber = tracing_subscriber::registry().with(one).with(other);
    tracing::subscriber::with_default(subscriber, || info_span!("work").in_scope(|| {}));
    assert_eq!(spans_of_one.all().len() + spans_of_other.all().len(), 1);
}

#[test]
#[should_panic(expected = r#"spans with the name "absent"; the others are ["present"]"#)]
fn the_name_of_no_span_panics_with_the_names_of_all() {
    let (subscriber, spans) = testing::subscriber();
    tracing::subscriber::with_default(subscriber, || info_span!("present").in_scope(|| {}));
    spans.named("absent");
}

#[test]
fn a_subscriber_without_the_layer_causes_a_warning() {
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("no panic").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
    let statement = Statement::new("sqlite", "SELECT", "x").namespace("x.db").text("SELECT 1");
    tracing::subscriber::with_default(subscriber, || {
        for _ in 0..2 {
            assert!(statement.span().is_disabled());
        }
    });
    let lines = String::from_utf8(lines.0.lock().expect("no panic").clone()).expect("text");
    assert_eq!(lines.matches("add the layer of telemetry::layer").count(), 1, "{lines}");
}
