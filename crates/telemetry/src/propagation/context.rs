//! What an OpenTelemetry context holds of an incoming trace beside its span context.

use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};

/// A trace state that OpenTelemetry's own type cannot hold (Level 2 allows more keys than it does), as it came.
#[derive(Clone, Debug)]
pub(crate) struct RawTraceState(pub(crate) Arc<str>);

/// A trace that was prepared without a span: its id goes on, below nobody.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TraceIdOnly {
    pub(crate) trace_id: TraceId,
    pub(crate) sampled: Option<bool>,
}

/// A remote parent that left the decision on sampling to us.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SamplingDeferred;

/// `context` below a remote span of a format that has no state of its own.
pub(super) fn remote(
    context: &Context,
    trace_id: TraceId,
    span_id: SpanId,
    sampled: Option<bool>,
) -> Context {
    let flags = TraceFlags::NOT_SAMPLED.with_sampled(sampled.unwrap_or(false));
    let span_context = SpanContext::new(trace_id, span_id, flags, true, TraceState::NONE);
    let context = if sampled.is_none() { context.with_value(SamplingDeferred) } else { context.clone() };
    context.with_remote_span_context(span_context)
}
