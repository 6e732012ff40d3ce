//! Between `tracing`'s spans and OpenTelemetry's contexts: what the rest of the crate does with a span.

use std::time::SystemTime;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{Event, SpanContext, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use tracing::Span;
use tracing::field::{Field, Value};

use super::open_span::OpenSpan;
use super::slab;
use super::span_starter::{Mode, PreparedSpan};
use super::subscriber::SpanSubscriber;
use crate::otlp::SpanData;

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

/// Decides ids and sampling of a span below `parent`; `None` when telemetry has not started, or there is nothing to record
/// and nothing to carry on.
pub(crate) fn prepare(parent: Context) -> Option<PreparedSpan> {
    let mut parent = Some(parent);
    tracing::dispatcher::get_default(|dispatch| {
        let starter = dispatch.downcast_ref::<SpanSubscriber>()?.starter();
        let parent = parent.take()?;
        let passing = matches!(starter.mode, Mode::PassThrough);
        let carries = || parent.has_active_span() || !parent.baggage().is_empty();
        (!passing || carries()).then(|| starter.prepare(parent))
    })
}

/// Makes `span`, not yet entered, a child of what `parent` holds.
pub(crate) fn set_parent(span: &mut Span, parent: &Context) {
    const NO_VALUES: [(&Field, Option<&dyn Value>); 0] = [];
    let shared = span.id().is_some_and(|id| slab::is_shared(&id));
    if let Some(metadata) = span.metadata().filter(|_| shared) {
        // What stands in for it stays where it is.
        *span = Span::new_root(metadata, &metadata.fields().value_set(&NO_VALUES));
    }
    let name = span.metadata().map_or("", tracing::Metadata::name);
    with_open_span_and_subscriber(span, |recorded, spans| {
        spans.starter().reparent(recorded, parent, name);
    });
}

/// What `span` is, if it is one of ours. `look` must not make, enter or close a span.
pub(crate) fn with_open_span<T>(span: &Span, look: impl FnOnce(&mut OpenSpan) -> T) -> Option<T> {
    with_open_span_and_subscriber(span, |recorded, _| look(recorded))
}

/// What is known of `span`, if it is one of ours and will be exported. `look` must not make, enter or close a span.
pub(crate) fn with_data<T>(span: &Span, look: impl FnOnce(&mut SpanData) -> T) -> Option<T> {
    with_open_span(span, |recorded| recorded.data.as_deref_mut().map(look))?
}

/// What `span` is, with who records it.
fn with_open_span_and_subscriber<T>(
    span: &Span,
    look: impl FnOnce(&mut OpenSpan, &SpanSubscriber) -> T,
) -> Option<T> {
    span.with_subscriber(|(id, dispatch)| {
        let spans = dispatch.downcast_ref::<SpanSubscriber>()?;
        spans.with(id, |recorded| look(recorded, spans))
    })?
}
