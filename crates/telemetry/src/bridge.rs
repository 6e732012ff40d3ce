//! Between `tracing`'s spans and OpenTelemetry's contexts: the one file that knows both.

use opentelemetry::Context;
use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanContext, Status, TraceContextExt};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The OpenTelemetry context in which `span` is the active one.
pub(crate) fn context_of(span: &Span) -> Context {
    span.context()
}

/// The ids of `span`, `None` when no trace is recorded here.
pub(crate) fn span_context_of(span: &Span) -> Option<SpanContext> {
    let context = context_of(span);
    let span_context = context.span().span_context().clone();
    span_context.is_valid().then_some(span_context)
}

/// Makes `span`, not yet entered, a child of what `parent` holds.
pub(crate) fn set_parent(span: &Span, parent: Context) {
    // The only failures are a disabled span, which has no parent, and a missing layer, which has no spans.
    let _ = span.set_parent(parent);
}

/// Adds a link from `span` to `to`.
pub(crate) fn add_link(span: &Span, to: SpanContext) {
    span.add_link(to);
}

/// Marks `span` as failed.
pub(crate) fn set_error(span: &Span, description: &str) {
    span.set_status(Status::error(description.to_owned()));
}

/// Sets an attribute that was not declared when the span was made.
pub(crate) fn set_attribute(span: &Span, attribute: KeyValue) {
    span.set_attribute(attribute.key, attribute.value);
}

/// Adds an event to `span`.
pub(crate) fn add_event(span: &Span, name: &'static str, attributes: Vec<KeyValue>) {
    span.add_event(name, attributes);
}

/// The id of the trace that the current span belongs to, as 32 hexadecimal digits.
pub fn trace_id_of_current() -> Option<String> {
    span_context_of(&Span::current()).map(|span_context| span_context.trace_id().to_string())
}
