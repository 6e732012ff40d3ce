//! A sampler of the application, by OpenTelemetry's own trait.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, HttpResponse, web};
use opentelemetry::trace::{Link, SpanContext, SpanKind, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};
use telemetry::OpenTelemetrySpanExt;
use telemetry::server::{TraceResponse, Tracing};
use tracing::dispatcher::{set_default, with_default};
use tracing::info_span;

use crate::memory::{Memory, attributes, start};

/// Long enough for a slow machine. Tests that succeed do not reach it.
const LIMIT: Duration = Duration::from_secs(20);

/// Drops spans with `app.drop` or of a health check, and follows no parent.
#[derive(Clone, Debug, Default)]
struct ByAttribute {
    /// The names, kinds and parents of the spans that it was asked about.
    asked: Arc<Mutex<Vec<(String, SpanKind, SpanContext)>>>,
}

impl ShouldSample for ByAttribute {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        assert_ne!(trace_id, TraceId::INVALID);
        let parent = parent.map_or(SpanContext::NONE, |parent| parent.span().span_context().clone());
        self.asked.lock().expect("no panic").push((name.to_owned(), kind.clone(), parent.clone()));
        let decision = |attribute: &KeyValue| match (attribute.key.as_str(), &attribute.value) {
            ("app.drop", Value::Bool(true)) => Some(SamplingDecision::Drop),
            ("app.drop", _) => Some(SamplingDecision::RecordOnly),
            ("url.path", path) if path.as_str() == "/health" => Some(SamplingDecision::Drop),
            _ => None,
        };
        SamplingResult {
            decision: attributes.iter().find_map(decision).unwrap_or(SamplingDecision::RecordAndSample),
            attributes: vec![KeyValue::new("app.sampler", "by-attribute")],
            trace_state: parent.trace_state().insert("own", "1").expect("a member"),
        }
    }
}

#[test]
fn a_sampler_decides_by_name_kind_attributes_and_parent() {
    let (sampler, memory) = (ByAttribute::default(), Memory::default());
    // That of the environment does not count.
    let variables = [("OTEL_TRACES_EXPORTER", "none"), ("OTEL_TRACES_SAMPLER", "always_off")];
    let (subscriber, telemetry) =
        start(&variables, |builder| builder.with_span_exporter(memory.clone()).with_sampler(sampler.clone()));
    let dropped = with_default(&subscriber, || {
        let outer = info_span!("outer", otel.kind = "producer");
        let _outer = outer.enter();
        let dropped = info_span!("dropped", app.drop = true);
        dropped.in_scope(|| info_span!("below").in_scope(|| {}));
        info_span!("recorded-only", app.drop = "not exported").in_scope(|| {});
        dropped.context().span().span_context().clone()
    });
    telemetry.flush(LIMIT).expect("all take the spans");
    assert_eq!(memory.names(), ["below", "outer"]);
    let (outer, below) = (memory.named("outer"), memory.named("below"));
    assert!(!dropped.is_sampled() && dropped.is_valid());
    assert_eq!(below.parent_span_id, dropped.span_id());
    for span in [&outer, &below] {
        assert_eq!(attributes(span)["app.sampler"], &Value::from("by-attribute"));
        assert_eq!(span.span_context.trace_state().header(), "own=1");
    }
    let asked = sampler.asked.lock().expect("no panic");
    let asked_of = |name: &str| asked.iter().find(|(known, ..)| known == name).expect("it was asked").clone();
    assert_eq!(asked.len(), 4);
    assert_eq!(asked_of("outer").1, SpanKind::Producer);
    assert!(!asked_of("outer").2.is_valid());
    assert_eq!(asked_of("dropped").2.span_id(), outer.span_context.span_id());
    assert_eq!(asked_of("below").2.span_id(), dropped.span_id());
}

#[actix_web::test]
async fn a_sampler_sees_the_attributes_of_a_request() {
    let (sampler, memory) = (ByAttribute::default(), Memory::default());
    let (subscriber, telemetry) = start(&[("OTEL_TRACES_EXPORTER", "none")], |builder| {
        builder.with_span_exporter(memory.clone()).with_sampler(sampler.clone())
    });
    let _default = set_default(&subscriber);
    let app = App::new()
        .wrap(Tracing::new().traceresponse(TraceResponse::Recorded))
        .route("/health", web::get().to(HttpResponse::Ok))
        .route("/feed", web::get().to(HttpResponse::Ok));
    let app = init_service(app).await;
    for (path, has_trace) in [("/health", false), ("/feed", true)] {
        let response = call_service(&app, TestRequest::get().uri(path).to_request()).await;
        assert_eq!(response.headers().contains_key("traceresponse"), has_trace, "{path}");
        read_body(response).await;
    }
    telemetry.flush(LIMIT).expect("all take the spans");
    assert_eq!(memory.names(), ["GET /feed"]);
}

#[test]
fn the_parent_based_sampler_of_the_sdk_follows_a_remote_parent() {
    let memory = Memory::default();
    let (subscriber, telemetry) = start(&[("OTEL_TRACES_EXPORTER", "none")], |builder| {
        let root = Box::new(Sampler::AlwaysOff);
        builder.with_span_exporter(memory.clone()).with_sampler(Sampler::ParentBased(root))
    });
    with_default(&subscriber, || {
        info_span!("root").in_scope(|| info_span!("below-root").in_scope(|| {}));
        for (name, flags) in [("sampled", TraceFlags::SAMPLED), ("unsampled", TraceFlags::NOT_SAMPLED)] {
            let remote = SpanContext::new(5.into(), 6.into(), flags, true, TraceState::NONE);
            let span = info_span!("moved", otel.name = name);
            span.set_parent(Context::new().with_remote_span_context(remote)).expect("it is traced");
            span.in_scope(|| info_span!("below", otel.name = format!("below-{name}")).in_scope(|| {}));
        }
    });
    telemetry.flush(LIMIT).expect("all take the spans");
    // A span that was dropped at first has lost its fields. It is called by its callsite.
    assert_eq!(memory.names(), ["below-sampled", "moved"]);
    assert_eq!(memory.named("below-sampled").parent_span_id, memory.named("moved").span_context.span_id());
}

/// Panics.
#[derive(Clone, Debug)]
struct Panics;

impl ShouldSample for Panics {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        panic!("no decision")
    }
}

#[test]
fn a_span_whose_sampler_panics_is_recorded() {
    let memory = Memory::default();
    let (subscriber, telemetry) = start(&[("OTEL_TRACES_EXPORTER", "none")], |builder| {
        builder.with_span_exporter(memory.clone()).with_sampler(Panics)
    });
    with_default(&subscriber, || info_span!("work").in_scope(|| {}));
    telemetry.flush(LIMIT).expect("all take the spans");
    assert_eq!(memory.names(), ["work"]);
}

#[test]
fn without_an_exporter_the_sampler_of_the_environment_decides_what_is_propagated() {
    let sampler = ByAttribute::default();
    let variables = [("OTEL_TRACES_EXPORTER", "none"), ("OTEL_TRACES_SAMPLER", "always_off")];
    let (subscriber, telemetry) = start(&variables, |builder| builder.with_sampler(sampler.clone()));
    let context = with_default(&subscriber, || info_span!("work").context());
    assert!(context.span().span_context().is_valid() && !context.span().span_context().is_sampled());
    assert!(sampler.asked.lock().expect("no panic").is_empty());
    telemetry.shutdown().expect("there is nothing");
}
