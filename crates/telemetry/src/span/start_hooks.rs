//! What the application takes part in when a span starts: its sampler decides, and its span processors see the span.
//!
//! Both expect the name and the attributes of the span, which this crate does not build for an unsampled one. So with them,
//! every span is recorded until it starts. That is the slower path, for those who choose it.

use std::cell::RefCell;
use std::time::SystemTime;

use opentelemetry::trace::{
    Link, SpanBuilder, SpanContext, SpanId, SpanKind, TraceContextExt, TraceId, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{
    IdGenerator, SamplingDecision, SamplingResult, SdkTracer, SdkTracerProvider, ShouldSample,
    SpanData as SdkSpanData, SpanLimits,
};
use parking_lot::Mutex;

use super::span_pool;
use crate::export::custom::{Consumers, guarded};
use crate::export::log_limiter::LogLimiter;
use crate::otlp::SpanData;
use crate::propagation::SamplingDeferred;
use crate::semconv;

/// Runs between the decision on a span's ids and its start.
#[derive(Debug)]
pub(crate) struct StartHooks {
    /// Decides on sampling, in place of the sampler of the settings.
    sampler: Option<Box<dyn ShouldSample>>,
    /// Those of them that are processors see the span.
    consumers: Consumers,
    /// Makes the span that processors see.
    tracer: SdkTracer,
    warnings: Mutex<LogLimiter>,
}

impl StartHooks {
    /// `None` when nothing takes part in the start of spans.
    pub(crate) fn new(sampler: Option<Box<dyn ShouldSample>>, consumers: &Consumers) -> Option<Box<Self>> {
        if sampler.is_none() && !consumers.see_starts() {
            return None;
        }
        // The limits of the span apply when its values are taken over.
        let no_limits = SpanLimits {
            max_attributes_per_span: u32::MAX,
            max_events_per_span: u32::MAX,
            max_links_per_span: u32::MAX,
            max_attributes_per_event: u32::MAX,
            max_attributes_per_link: u32::MAX,
        };
        let provider = SdkTracerProvider::builder()
            .with_id_generator(AsGiven)
            .with_sampler(AsGiven)
            .with_span_limits(no_limits)
            .build();
        let tracer = provider.tracer_with_scope(semconv::scope());
        let warnings = Mutex::default();
        Some(Box::new(Self { sampler, consumers: consumers.clone(), tracer, warnings }))
    }

    /// Decides on sampling, and shows the span to processors, if it is recorded. `own` are its ids, and `data` is what it starts
    /// with; `None` if it is not recorded.
    #[cold]
    pub(super) fn run(&self, parent: &Context, own: &mut SpanContext, data: &mut Option<Box<SpanData>>) {
        if let (Some(sampler), Some(recorded)) = (&self.sampler, data.as_deref_mut()) {
            let is_sampled = self.sample(&**sampler, parent, own, recorded);
            if let Some(data) = data.take_if(|_| !is_sampled) {
                span_pool::put(data);
            }
        }
        if let Some(data) = data.as_deref_mut().filter(|_| self.consumers.see_starts()) {
            self.show(parent, own, data);
        }
    }

    /// Asks the sampler, and takes over what it adds. Returns whether the span is sampled.
    fn sample(
        &self,
        sampler: &dyn ShouldSample,
        parent: &Context,
        own: &mut SpanContext,
        data: &mut SpanData,
    ) -> bool {
        // A remote parent that leaves the decision to this service made none.
        let is_deferred = SamplingDeferred::is_by(parent, parent.span().span_context());
        let parent = Some(parent).filter(|_| !is_deferred);
        let (attributes, links) = (data.attributes.to_key_values(), links(data));
        let decide =
            || sampler.should_sample(parent, own.trace_id(), &data.name, &data.kind, &attributes, links);
        let decided = match guarded(decide) {
            Ok(decided) => decided,
            Err(panic) => {
                // The span is recorded, as if there were no sampler.
                self.warn("the sampler of the application panicked", &panic);
                return true;
            }
        };
        let is_sampled = decided.decision == SamplingDecision::RecordAndSample;
        let flags = own.trace_flags().with_sampled(is_sampled);
        *own = SpanContext::new(own.trace_id(), own.span_id(), flags, false, decided.trace_state);
        for attribute in decided.attributes {
            data.attributes.set(attribute.key.as_str(), &attribute.value);
        }
        is_sampled
    }

    /// Calls the processors with a span of the SDK that has the same values. Takes over what they change.
    fn show(&self, parent: &Context, own: &SpanContext, data: &mut SpanData) {
        let mut builder = SpanBuilder::from_name(data.name.clone()).with_kind(data.kind.clone());
        builder.start_time = Some(SystemTime::now());
        builder.attributes = Some(data.attributes.to_key_values());
        builder.links = Some(links(data).to_vec());
        builder.events = data.more.as_ref().map(|more| more.events.clone());
        // The thread-local of a thread that is ending is gone.
        if GIVEN.try_with(|given| given.replace(Some(own.clone()))).is_err() {
            return;
        }
        let mut shown = self.tracer.build_with_context(builder, parent);
        let before = shown.exported_data();
        for panic in self.consumers.on_start(&mut shown, parent) {
            self.warn("a span processor of the application failed", &panic);
        }
        if let (Some(before), Some(after)) = (before, shown.exported_data()) {
            take_changes(data, &before, after);
        }
    }

    fn warn(&self, what: &str, why: &str) {
        // The event of the warning may come here again.
        if let Some(mut warnings) = self.warnings.try_lock() {
            warnings.warn(what, why);
        }
    }
}

fn links(data: &SpanData) -> &[Link] {
    data.more.as_ref().map_or(&[], |more| &more.links)
}

/// The SDK appends attributes, events and links.
fn take_changes(data: &mut SpanData, before: &SdkSpanData, after: SdkSpanData) {
    for attribute in after.attributes.iter().skip(before.attributes.len()) {
        data.attributes.set(attribute.key.as_str(), &attribute.value);
    }
    for event in after.events.into_iter().skip(before.events.len()) {
        data.add_event(event);
    }
    for link in after.links.into_iter().skip(before.links.len()) {
        data.add_link_with_attributes(link.span_context, link.attributes);
    }
    if after.name != before.name {
        data.rename(&after.name);
    }
    data.set_status(after.status);
}

thread_local! {
    /// The ids of the span that is being shown.
    static GIVEN: RefCell<Option<SpanContext>> = const { RefCell::new(None) };
}

fn given() -> SpanContext {
    GIVEN.try_with(|given| given.borrow().clone()).ok().flatten().unwrap_or(SpanContext::NONE)
}

/// Ids and trace state of the span that this crate has prepared.
#[derive(Clone, Debug)]
struct AsGiven;

impl IdGenerator for AsGiven {
    fn new_trace_id(&self) -> TraceId {
        given().trace_id()
    }

    fn new_span_id(&self) -> SpanId {
        given().span_id()
    }
}

impl ShouldSample for AsGiven {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        SamplingResult {
            decision: SamplingDecision::RecordAndSample,
            attributes: Vec::new(),
            trace_state: given().trace_state().clone(),
        }
    }
}
