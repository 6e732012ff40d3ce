//! The tracer provider for libraries that use OpenTelemetry's API: an SDK with our ids and queue, and the sampler of all spans.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::{Link, SpanContext, SpanId, SpanKind, TraceContextExt, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    self as sdk, IdGenerator, SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample, Span,
    SpanLimits, SpanProcessor,
};
use parking_lot::Mutex;

use super::custom::Consumers;
use super::log_limiter::LogLimiter;
use super::queue::Queue;
use crate::ids;
use crate::otlp::Limits;
#[cfg(feature = "xray")]
use crate::sampler::Facts;
use crate::sampler::Sampler;

/// Builds the provider.
pub(crate) fn provider(
    queue: Arc<Queue>,
    sampler: Box<dyn ShouldSample>,
    consumers: Consumers,
    limits: Limits,
    resource: Resource,
) -> SdkTracerProvider {
    let narrow = |limit: usize| u32::try_from(limit).unwrap_or(u32::MAX);
    let span_limits = SpanLimits {
        max_attributes_per_span: narrow(limits.attributes),
        max_events_per_span: narrow(limits.events),
        max_links_per_span: narrow(limits.links),
        max_attributes_per_event: narrow(limits.event_attributes),
        max_attributes_per_link: narrow(limits.link_attributes),
    };
    SdkTracerProvider::builder()
        .with_span_processor(ToQueue { queue, consumers, warnings: Mutex::default() })
        .with_sampler(sampler)
        .with_id_generator(Ids)
        .with_span_limits(span_limits)
        .with_resource(resource)
        .build()
}

#[derive(Debug)]
struct ToQueue {
    queue: Arc<Queue>,
    /// Those of them that are processors see the start of spans. Their end they see behind the queue.
    consumers: Consumers,
    warnings: Mutex<LogLimiter>,
}

impl SpanProcessor for ToQueue {
    fn on_start(&self, span: &mut Span, parent: &Context) {
        for panic in self.consumers.on_start(span, parent) {
            self.warnings.lock().warn("a span processor of the application failed", &panic);
        }
    }

    fn on_end(&self, data: sdk::SpanData) {
        // A sampler of the application may have some recorded only. As for other spans, that is not to be exported.
        if data.span_context.is_sampled() {
            self.queue.push(&data.into());
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[derive(Debug)]
struct Ids;

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        ids::trace_id()
    }

    fn new_span_id(&self) -> SpanId {
        ids::span_id()
    }
}

/// The attributes with which a span starts, for sampling rules.
#[cfg(feature = "xray")]
fn facts(attributes: &[KeyValue]) -> Facts<'_> {
    Facts(attributes.iter().map(|attribute| (attribute.key.as_str(), attribute.value.as_str())).collect())
}

impl ShouldSample for Sampler {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        _: &str,
        _: &SpanKind,
        #[cfg_attr(not(feature = "xray"), expect(unused_variables, reason = "only rules ask for them"))]
        attributes: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        let parent = parent.map_or(SpanContext::NONE, |parent| parent.span().span_context().clone());
        let decided = parent.is_valid().then(|| parent.is_sampled());
        #[cfg(feature = "xray")]
        let sampled = match self.rules(decided) {
            Some(rules) => rules.decide(&facts(attributes), trace_id).sampled,
            None => self.samples(decided, trace_id),
        };
        #[cfg(not(feature = "xray"))]
        let sampled = self.samples(decided, trace_id);
        let decision = if sampled { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop };
        SamplingResult { decision, attributes: Vec::new(), trace_state: parent.trace_state().clone() }
    }
}
