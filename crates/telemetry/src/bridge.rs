//! Between `tracing`'s spans and OpenTelemetry's contexts: what the rest of the crate does with a span.

use std::time::SystemTime;

use opentelemetry::trace::{Event, SpanContext, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use tracing::Span;

use crate::span::{OpenSpan, with_data, with_open_span};

/// The OpenTelemetry context in which `span` is the active one; the current context when it is not recorded.
pub(crate) fn context_of(span: &Span) -> Context {
    with_open_span(span, |recorded| recorded.context.clone()).unwrap_or_else(Context::current)
}

/// The ids of `span`, `None` when it belongs to no trace.
pub(crate) fn span_context_of(span: &Span) -> Option<SpanContext> {
    with_open_span(span, |recorded| recorded.context.span().span_context().clone())
        .filter(SpanContext::is_valid)
}

/// Whether `span` will be exported: for what is costly to find out.
pub(crate) fn is_recording(span: &Span) -> bool {
    with_data(span, |_| ()).is_some()
}

/// Adds a link from `span` to `to`.
pub(crate) fn add_link(span: &Span, to: SpanContext) {
    with_data(span, |data| data.add_link(to));
}

/// Adds an event to `span`.
pub(crate) fn add_event(span: &Span, name: &'static str, attributes: Vec<KeyValue>) {
    let event = Event::new(name, SystemTime::now(), attributes, 0);
    with_data(span, |data| data.add_event(event));
}

/// Fixes the end of `span` to now, whatever still holds on to it.
pub(crate) fn end(span: &Span) {
    with_open_span(span, OpenSpan::end);
}

/// The id of the trace that the current span belongs to, as 32 hexadecimal digits.
pub fn trace_id_of_current() -> Option<String> {
    trace_id_of(&Span::current())
}

/// The id of the trace that `span` belongs to, as 32 hexadecimal digits.
pub(crate) fn trace_id_of(span: &Span) -> Option<String> {
    span_context_of(span).map(|span_context| span_context.trace_id().to_string())
}
