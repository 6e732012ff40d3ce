//! Our encoder against the SDK's exporter: both must decode to the same generated types.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{
    Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;

use super::batch::Batch;
use super::encoder::Encoder;

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        "\\PC{0,200}".prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        vec("\\PC{0,20}", 0..4).prop_map(|texts| {
            Value::Array(Array::String(texts.into_iter().map(StringValue::from).collect()))
        }),
        vec(any::<i64>(), 0..4).prop_map(|numbers| Value::Array(Array::I64(numbers))),
    ]
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    vec(("[a-z.]{1,80}", values()).prop_map(|(key, value)| KeyValue::new(key, value)), 0..6)
}

prop_compose! {
    fn context()(
        trace in 1..u128::MAX,
        span in 1..u64::MAX,
        flags in 0..4_u8,
        remote: bool,
        state in proptest::option::of("[a-z]{1,8}"),
    ) -> SpanContext {
        let state = state.and_then(|value| TraceState::from_key_value([("k", value)]).ok()).unwrap_or_default();
        SpanContext::new(TraceId::from(trace), SpanId::from(span), TraceFlags::new(flags), remote, state)
    }
}

fn kind() -> impl Strategy<Value = SpanKind> {
    prop_oneof![
        Just(SpanKind::Internal),
        Just(SpanKind::Server),
        Just(SpanKind::Client),
        Just(SpanKind::Producer),
        Just(SpanKind::Consumer)
    ]
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![Just(Status::Unset), Just(Status::Ok), "\\PC{0,30}".prop_map(Status::error)]
}

prop_compose! {
    fn span()(
        span_context in context(),
        parent in any::<u64>(),
        parent_span_is_remote: bool,
        span_kind in kind(),
        name in "\\PC{0,40}",
        start in 0..u64::MAX / 4,
        length in 0..1_000_000_000_000_u64,
        attributes in attributes(),
        dropped in any::<u32>(),
        events in vec(("\\PC{0,20}", attributes(), 0..u64::MAX / 4, any::<u32>()), 0..3),
        links in vec((context(), attributes(), any::<u32>()), 0..3),
        status in status(),
        scope in 0..3_usize,
    ) -> SpanData {
        let time = |nanoseconds| SystemTime::UNIX_EPOCH + Duration::from_nanos(nanoseconds);
        let mut span_events = SpanEvents::default();
        span_events.dropped_count = dropped / 2;
        span_events.events = events
            .into_iter()
            .map(|(name, attributes, at, dropped)| Event::new(name, time(at), attributes, dropped))
            .collect();
        let mut span_links = SpanLinks::default();
        span_links.dropped_count = dropped / 3;
        span_links.links =
            links.into_iter().map(|(context, attributes, dropped)| Link::new(context, attributes, dropped)).collect();
        let instrumentation_scope = match scope {
            0 => InstrumentationScope::builder("telemetry").with_version("1").build(),
            1 => InstrumentationScope::builder("other").with_attributes([KeyValue::new("a", 1)]).build(),
            _ => InstrumentationScope::builder("third").with_schema_url("https://example.org").build(),
        };
        SpanData {
            span_context,
            parent_span_id: SpanId::from(parent),
            parent_span_is_remote,
            span_kind,
            name: Cow::Owned(name),
            start_time: time(start),
            end_time: time(start + length),
            attributes,
            dropped_attributes_count: dropped,
            events: span_events,
            links: span_links,
            status,
            instrumentation_scope,
        }
    }
}

/// Sorts scopes, spans and attributes, whose order does not matter. A missing status becomes an unset one.
fn sorted(mut request: ExportTraceServiceRequest) -> ExportTraceServiceRequest {
    for resource in &mut request.resource_spans {
        resource.scope_spans.sort_by_key(|scope| scope.scope.as_ref().map(|scope| scope.name.clone()));
        for scope in &mut resource.scope_spans {
            scope.spans.sort_by_key(|span| span.span_id.clone());
            for span in &mut scope.spans {
                span.status.get_or_insert_default();
            }
        }
        if let Some(resource) = &mut resource.resource {
            resource.attributes.sort_by_key(|attribute| attribute.key.clone());
        }
    }
    request
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn our_encoder_agrees_with_the_sdks_exporter(spans in vec(span(), 1..6)) {
        let resource = Resource::builder_empty()
            .with_schema_url([KeyValue::new("service.name", "here"), KeyValue::new("n", 3)], "https://example.org/1")
            .build();
        let mut batch = Batch::default();
        for span in &spans {
            batch.add(&span.clone().into());
        }
        let ours = Encoder::new(&resource).request(&batch);
        let ours = ExportTraceServiceRequest::decode(ours.as_slice()).expect("a request that decodes");
        let theirs = group_spans_by_resource_and_scope(spans, &ResourceAttributesWithSchema::from(&resource));
        let theirs = ExportTraceServiceRequest { resource_spans: theirs };
        prop_assert_eq!(sorted(ours), sorted(theirs));
    }

    #[test]
    fn encoded_spans_are_the_sdks_again(spans in vec(span(), 1..6)) {
        let mut batch = Batch::default();
        for span in &spans {
            batch.add(&span.clone().into());
        }
        let by_id = |mut spans: Vec<SpanData>| {
            spans.sort_by_key(|span| span.span_context.span_id().to_bytes());
            spans
        };
        let expected: Vec<SpanData> = spans.into_iter().map(as_finished).collect();
        prop_assert_eq!(by_id(batch.to_sdk()), by_id(expected));
    }
}

/// What is left of a span when it has finished: a context that is local, and arrays that know their type by their elements.
fn as_finished(mut span: SpanData) -> SpanData {
    let own = span.span_context;
    span.span_context =
        SpanContext::new(own.trace_id(), own.span_id(), own.trace_flags(), false, own.trace_state().clone());
    let events = span.events.events.iter_mut().flat_map(|event| &mut event.attributes);
    let links = span.links.links.iter_mut().flat_map(|link| &mut link.attributes);
    for attribute in span.attributes.iter_mut().chain(events).chain(links) {
        if let Value::Array(Array::I64(numbers)) = &attribute.value
            && numbers.is_empty()
        {
            attribute.value = Value::Array(Array::String(Vec::new()));
        }
    }
    span
}
