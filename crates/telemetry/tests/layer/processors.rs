//! Span processors and exporters of the application, by OpenTelemetry's own traits.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, UNIX_EPOCH};

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{
    Span as _, SpanContext, SpanKind, Status, TraceContextExt, TraceFlags, TraceState,
};
use opentelemetry::{Array, Context, KeyValue, Value};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{
    BatchSpanProcessor, SimpleSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor,
};
use telemetry::{OpenTelemetrySpanExt, ShutdownError};
use tracing::dispatcher::with_default;
use tracing::{error, info_span};

use crate::memory::{Memory, attributes, start};
use crate::sink::{Sink, hex};

/// Long enough for a slow machine. Tests that succeed do not reach it.
const LIMIT: Duration = Duration::from_secs(20);

fn texts() -> Value {
    Value::Array(Array::String(vec!["a".into(), "b".into()]))
}

#[test]
fn processors_and_exporters_of_the_application_get_what_the_environments_destination_gets() {
    let sink = Sink::start();
    let (batched, simple, exported) = (Memory::default(), Memory::default(), Memory::default());
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*sink.url)];
    let (subscriber, telemetry) = start(&variables, |builder| {
        builder
            .with_span_processor(BatchSpanProcessor::builder(batched.clone()).build())
            .with_span_processor(SimpleSpanProcessor::new(simple.clone()))
            .with_span_exporter(exported.clone())
    });
    with_default(&subscriber, || {
        let outer = info_span!("outer", otel.kind = "consumer", app.id = 7, app.name = "x", app.share = 0.5);
        outer.set_attribute("app.tags", texts());
        outer.in_scope(|| {
            info_span!("inner", app.fresh = true).in_scope(|| error!(app.step = 1, "it failed"));
        });
        let state = TraceState::from_key_value([("vendor", "1")]).expect("a trace state");
        let other = SpanContext::new(7.into(), 9.into(), TraceFlags::SAMPLED, true, state);
        outer.add_link_with_attributes(other, vec![KeyValue::new("app.why", "because")]);
    });
    telemetry.flush(LIMIT).expect("all take the spans");
    for memory in [&batched, &simple, &exported] {
        assert_eq!(memory.names(), ["inner", "outer"]);
        assert_eq!(*memory.service.lock().expect("no panic"), "own-parts");
        for theirs in sink.all() {
            let ours = memory.named(&theirs.name);
            let ids = &ours.span_context;
            assert_eq!(
                (ids.trace_id().to_string(), ids.span_id().to_string()),
                (theirs.trace_id, theirs.span_id)
            );
            assert!(ids.is_sampled() && !ids.is_remote());
            let nanoseconds = |time: std::time::SystemTime| {
                u64::try_from(time.duration_since(UNIX_EPOCH).expect("after 1970").as_nanos())
            };
            assert_eq!(nanoseconds(ours.start_time), Ok(theirs.start));
            assert_eq!(nanoseconds(ours.end_time), Ok(theirs.end));
            assert_eq!(ours.attributes.len(), theirs.attributes.len());
            assert_eq!(ours.instrumentation_scope.name(), "telemetry");
        }
        let (outer, inner) = (memory.named("outer"), memory.named("inner"));
        assert_eq!(inner.parent_span_id, outer.span_context.span_id());
        assert_eq!(
            (outer.span_kind.clone(), inner.span_kind.clone()),
            (SpanKind::Consumer, SpanKind::Internal)
        );
        let of_outer = attributes(&outer);
        assert_eq!((of_outer["app.id"], of_outer["app.share"]), (&Value::I64(7), &Value::F64(0.5)));
        assert_eq!(of_outer["app.name"], &Value::from("x"));
        assert_eq!(of_outer["app.tags"], &texts());
        assert_eq!(attributes(&inner)["app.fresh"], &Value::Bool(true));
        assert_eq!((outer.status, inner.status), (Status::Unset, Status::error("it failed")));
        assert_eq!((&*inner.events[0].name, inner.events.len()), ("it failed", 1));
        assert!(inner.events[0].attributes.contains(&KeyValue::new("app.step", 1)));
        let link = &outer.links[0];
        assert_eq!(
            (hex(&link.span_context.span_id().to_bytes()), link.span_context.is_remote()),
            (format!("{:016x}", 9), true)
        );
        assert_eq!(link.span_context.trace_state().header(), "vendor=1");
        assert_eq!(link.attributes, [KeyValue::new("app.why", "because")]);
    }
    telemetry.shutdown().expect("nothing is left");
    for memory in [&batched, &simple, &exported] {
        assert_eq!(memory.shutdowns.lock().expect("no panic").len(), 1);
    }
}

/// What a processor was called with, and what it answers.
#[derive(Clone, Debug, Default)]
struct Observer {
    starts: Arc<Mutex<Vec<SpanData>>>,
    ends: Arc<Mutex<Vec<String>>>,
    flushes: Arc<AtomicUsize>,
    fails: bool,
}

impl Observer {
    fn answer(&self) -> OTelSdkResult {
        if self.fails { Err(OTelSdkError::InternalFailure("no room".to_owned())) } else { Ok(()) }
    }
}

impl SpanProcessor for Observer {
    fn on_start(&self, span: &mut Span, parent: &Context) {
        self.starts.lock().expect("no panic").extend(span.exported_data());
        if let Some(tenant) = parent.baggage().get("app.tenant") {
            span.set_attribute(KeyValue::new("app.tenant", tenant.to_string()));
        }
        span.set_attribute(KeyValue::new("app.id", 8));
        if span.exported_data().is_some_and(|span| span.name == "to-rename") {
            span.update_name("renamed");
            span.add_event("started", vec![KeyValue::new("app.step", 0)]);
            span.add_link(
                SpanContext::new(1.into(), 2.into(), TraceFlags::SAMPLED, true, TraceState::NONE),
                vec![],
            );
            span.set_status(Status::error("too early"));
        }
    }

    fn on_end(&self, span: SpanData) {
        self.ends.lock().expect("no panic").push(span.name.into_owned());
    }

    fn force_flush(&self) -> OTelSdkResult {
        // Everything that has ended has arrived.
        self.flushes.fetch_add(self.ends.lock().expect("no panic").len(), Ordering::Relaxed);
        self.answer()
    }

    fn shutdown_with_timeout(&self, limit: Duration) -> OTelSdkResult {
        assert!(limit > Duration::ZERO && limit <= Duration::from_secs(5), "{limit:?}");
        self.answer()
    }
}

#[test]
fn what_a_processor_does_at_the_start_of_a_span_is_exported_everywhere() {
    let sink = Sink::start();
    let (observer, memory) = (Observer::default(), Memory::default());
    let (subscriber, telemetry) = start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.url)], |builder| {
        builder.with_span_processor(observer.clone()).with_span_exporter(memory.clone())
    });
    with_default(&subscriber, || {
        let baggage = Context::new().with_baggage([KeyValue::new("app.tenant", "blue")]);
        let _attached = baggage.attach();
        info_span!("outer", app.id = 7, app.kept = 1).in_scope(|| drop(info_span!("to-rename")));
    });
    telemetry.flush(LIMIT).expect("all take the spans");
    let (outer, renamed) = (memory.named("outer"), memory.named("renamed"));
    for span in [&outer, &renamed] {
        assert_eq!(attributes(span)["app.tenant"], &Value::from("blue"));
        assert_eq!(attributes(span)["app.id"], &Value::I64(8));
    }
    assert_eq!(attributes(&outer)["app.kept"], &Value::I64(1));
    assert_eq!((&*renamed.events[0].name, renamed.links[0].span_context.span_id()), ("started", 2.into()));
    assert_eq!(renamed.status, Status::error("too early"));
    let theirs = sink.all();
    let theirs = theirs.iter().find(|span| span.name == "renamed").expect("the same span");
    assert_eq!((theirs.text("app.tenant"), theirs.status), (Some("blue"), 2));

    let starts = observer.starts.lock().expect("no panic").clone();
    let names: Vec<&str> = starts.iter().map(|span| &*span.name).collect();
    assert_eq!(names, ["outer", "to-rename"]);
    assert_eq!(starts[0].span_context.span_id(), outer.span_context.span_id());
    assert_eq!(starts[1].span_context.trace_id(), outer.span_context.trace_id());
    assert_eq!(starts[1].parent_span_id, outer.span_context.span_id());
    assert_eq!(attributes(&starts[0])["app.id"], &Value::I64(7));
    telemetry.shutdown().expect("nothing is left");
}

#[test]
fn a_span_that_gets_another_parent_starts_again() {
    let (observer, memory) = (Observer::default(), Memory::default());
    let (subscriber, telemetry) = start(&[("OTEL_TRACES_EXPORTER", "none")], |builder| {
        builder.with_span_processor(observer.clone()).with_span_exporter(memory.clone())
    });
    let remote = SpanContext::new(5.into(), 6.into(), TraceFlags::SAMPLED, true, TraceState::NONE);
    with_default(&subscriber, || {
        let span = info_span!("moved", app.kept = 1);
        let parent = Context::new().with_baggage([KeyValue::new("app.tenant", "red")]);
        span.set_parent(parent.with_remote_span_context(remote)).expect("it is traced");
        span.in_scope(|| {});
    });
    telemetry.flush(LIMIT).expect("all take the spans");
    let moved = memory.named("moved");
    assert_eq!((moved.span_context.trace_id(), moved.parent_span_id), (5.into(), 6.into()));
    assert!(moved.parent_span_is_remote);
    assert_eq!(attributes(&moved)["app.tenant"], &Value::from("red"));
    assert_eq!(attributes(&moved)["app.kept"], &Value::I64(1));
    let starts = observer.starts.lock().expect("no panic");
    assert_eq!((starts.len(), starts[1].span_context.span_id()), (2, moved.span_context.span_id()));
}

#[test]
fn flush_and_shutdown_reach_processors_after_the_spans_and_report_failures() {
    let observer = Observer { fails: true, ..Observer::default() };
    let (subscriber, telemetry) =
        start(&[("OTEL_TRACES_EXPORTER", "none")], |builder| builder.with_span_processor(observer.clone()));
    with_default(&subscriber, || drop(info_span!("work")));
    let failure = telemetry.flush(LIMIT).expect_err("the processor fails");
    assert_eq!((failure.processors_flushed, failure.waiting_spans, failure.dropped_spans), (false, 0, 0));
    assert_eq!(
        failure.to_string(),
        "the flush is incomplete: a span processor or exporter of the application was not flushed"
    );
    assert_eq!(observer.flushes.load(Ordering::Relaxed), 1, "the span came first");
    with_default(&subscriber, || drop(info_span!("last")));
    assert_eq!(telemetry.shutdown(), Err(ShutdownError::Processor));
    assert_eq!(*observer.ends.lock().expect("no panic"), ["work", "last"]);
}

#[test]
fn with_the_sdk_disabled_no_processor_is_called() {
    let observer = Observer::default();
    let (subscriber, telemetry) =
        start(&[("OTEL_SDK_DISABLED", "true")], |builder| builder.with_span_processor(observer.clone()));
    with_default(&subscriber, || info_span!("work").in_scope(|| {}));
    telemetry.flush(LIMIT).expect("there is nothing");
    assert!(observer.starts.lock().expect("no panic").is_empty());
    assert!(observer.ends.lock().expect("no panic").is_empty());
}

/// Panics at the start of some spans, and at the end of others.
#[derive(Debug)]
struct Panics;

impl SpanProcessor for Panics {
    fn on_start(&self, span: &mut Span, _: &Context) {
        assert!(span.exported_data().is_some_and(|span| span.name != "panics-at-start"), "at the start");
    }

    fn on_end(&self, span: SpanData) {
        assert!(span.name != "panics-at-end", "at the end");
    }

    fn force_flush(&self) -> OTelSdkResult {
        panic!("at the flush")
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        panic!("at the shutdown")
    }
}

#[test]
fn a_processor_that_panics_costs_one_span_of_its_own() {
    let (observer, memory) = (Observer::default(), Memory::default());
    let (subscriber, telemetry) = start(&[("OTEL_TRACES_EXPORTER", "none")], |builder| {
        builder
            .with_span_processor(Panics)
            .with_span_processor(observer.clone())
            .with_span_exporter(memory.clone())
    });
    with_default(&subscriber, || {
        for name in ["panics-at-start", "panics-at-end", "good"] {
            info_span!("work", otel.name = name).in_scope(|| {});
        }
    });
    let failure = telemetry.flush(LIMIT).expect_err("a span was lost to a processor");
    assert_eq!((failure.dropped_spans, failure.waiting_spans, failure.processors_flushed), (1, 0, false));
    let all = ["panics-at-start", "panics-at-end", "good"];
    assert_eq!(
        (memory.names(), &**observer.ends.lock().expect("no panic")),
        (all.map(str::to_owned).to_vec(), &all.map(str::to_owned)[..])
    );
    assert_eq!(observer.starts.lock().expect("no panic").len(), 3, "the next processor is called");
    assert!(telemetry.shutdown().is_err());
}

/// Blocks at the end of each span, until it may go on.
#[derive(Debug)]
struct Blocks(Mutex<Receiver<()>>);

impl Blocks {
    fn new() -> (Sender<()>, Self) {
        let (sender, receiver) = channel();
        (sender, Self(Mutex::new(receiver)))
    }
}

impl SpanProcessor for Blocks {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, _: SpanData) {
        let _ = self.0.lock().expect("no panic").recv();
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[actix_web::test]
async fn a_processor_that_blocks_delays_neither_the_application_nor_other_destinations() {
    let sink = Sink::start();
    let (go_on, blocks) = Blocks::new();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*sink.url),
        ("OTEL_BSP_SCHEDULE_DELAY", "0"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "20"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10"),
    ];
    let (subscriber, telemetry) = start(&variables, |builder| builder.with_span_processor(blocks));
    // More spans than its queue holds. Each reaches the backend, before the next one.
    for done in 1..=40 {
        with_default(&subscriber, || drop(info_span!("work")));
        sink.until(|spans| (spans.len() == done).then_some(())).await;
    }
    let failure = telemetry.flush(Duration::from_millis(50)).expect_err("one destination is blocked");
    assert!((1..=40).contains(&failure.waiting_spans), "{failure}");
    drop(go_on);
    assert_ne!(telemetry.shutdown(), Err(ShutdownError::Late));
}

#[test]
fn a_processor_that_never_returns_does_not_hold_up_the_shutdown() {
    let (_keep, blocks) = Blocks::new();
    let (subscriber, telemetry) =
        start(&[("OTEL_TRACES_EXPORTER", "none")], |builder| builder.with_span_processor(blocks));
    with_default(&subscriber, || drop(info_span!("work")));
    let began = Instant::now();
    assert_eq!(telemetry.shutdown(), Err(ShutdownError::Late));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

/// Fails, or never ends.
#[derive(Debug)]
struct Unreliable {
    ends: bool,
}

impl SpanExporter for Unreliable {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        if self.ends {
            return Err(OTelSdkError::InternalFailure("no room".to_owned()));
        }
        std::future::pending().await
    }
}

#[test]
fn spans_that_an_exporter_of_the_application_fails_to_export_are_counted() {
    for ends in [true, false] {
        let variables = [("OTEL_TRACES_EXPORTER", "none"), ("OTEL_BSP_EXPORT_TIMEOUT", "50")];
        let (subscriber, telemetry) =
            start(&variables, |builder| builder.with_span_exporter(Unreliable { ends }));
        with_default(&subscriber, || drop(info_span!("work")));
        let failure = telemetry.flush(LIMIT).expect_err("nothing was exported");
        assert_eq!((failure.dropped_spans, failure.processors_flushed), (1, true));
        assert_eq!(telemetry.shutdown(), Err(ShutdownError::Dropped { dropped: 1 }));
    }
}
