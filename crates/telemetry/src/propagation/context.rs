//! Values that extraction adds to an OpenTelemetry context, beside the remote span context.

use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};

/// A received `tracestate` that OpenTelemetry's type cannot hold: W3C Level 2 allows more keys than it does.
#[derive(Clone, Debug)]
pub(crate) struct RawTraceState {
    /// Values of a context pass on to contexts that are extracted within it: those of other traces.
    pub(super) trace_id: TraceId,
    pub(super) text: Arc<str>,
}

impl RawTraceState {
    /// That of the trace of `span`, which is the span of `context`.
    pub(crate) fn of<'a>(context: &'a Context, span: &SpanContext) -> Option<&'a Arc<str>> {
        context.get::<Self>().filter(|state| state.trace_id == span.trace_id()).map(|state| &state.text)
    }
}

/// A trace that was started without a span: the next span has its trace id and no parent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TraceIdOnly {
    pub(crate) trace_id: TraceId,
    pub(crate) sampled: Option<bool>,
}

/// Marks the remote parent of this id, which defers the sampling decision to this service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SamplingDeferred(SpanId);

impl SamplingDeferred {
    /// Whether `span`, which is the span of `context`, defers the decision.
    pub(crate) fn is_by(context: &Context, span: &SpanContext) -> bool {
        span.is_remote() && context.get::<Self>().is_some_and(|deferred| deferred.0 == span.span_id())
    }
}

/// Adds a remote span to `context`, for formats without a trace state.
pub(super) fn remote(
    context: &Context,
    trace_id: TraceId,
    span_id: SpanId,
    sampled: Option<bool>,
) -> Context {
    let flags = TraceFlags::NOT_SAMPLED.with_sampled(sampled.unwrap_or(false));
    let span_context = SpanContext::new(trace_id, span_id, flags, true, TraceState::NONE);
    let context =
        if sampled.is_none() { context.with_value(SamplingDeferred(span_id)) } else { context.clone() };
    context.with_remote_span_context(span_context)
}
