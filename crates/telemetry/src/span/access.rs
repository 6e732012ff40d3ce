//! What the rest of the crate does with spans, through `tracing::Span` handles.

use std::sync::Once;
use std::time::SystemTime;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{Event, SpanContext, SpanKind, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use tracing::field::{Field, Value};
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Span};

use super::layer;
use super::open_span::{ClosedSpan, OpenSpan};
use super::recorder::Recorder;
use super::shell::Shell;
use super::span_stack;
use super::span_starter::{Mode, PreparedSpan};
use crate::log_lines;
use crate::otlp::SpanData;
use crate::sampler::Facts;

/// Decides ids and sampling of a span below `parent`.
///
/// `None` without a subscriber or layer of this crate, and when the SDK is disabled and `parent` has neither a span nor baggage to
/// propagate.
pub(crate) fn prepare(parent: Context) -> Option<PreparedSpan> {
    prepare_with(parent, Facts::default)
}

/// [`prepare`], for a span that sampling rules may know by what it begins with.
#[inline]
pub(crate) fn prepare_with<'a>(parent: Context, facts: impl FnOnce() -> Facts<'a>) -> Option<PreparedSpan> {
    let mut parent = Some(parent);
    let mut facts = Some(facts);
    // A process without any subscriber wants none: its tests, for example.
    let mut has_layer = true;
    let prepared = tracing::dispatcher::get_default(|dispatch| {
        let Some(shell) = Shell::of(dispatch) else {
            has_layer = dispatch.is::<NoSubscriber>() && !layer::is_left_over();
            return None;
        };
        let starter = &shell.recorder().starter;
        let (parent, facts) = (parent.take()?, facts.take()?);
        let pass_through = matches!(starter.mode, Mode::PassThrough);
        let propagates = || parent.has_active_span() || !parent.baggage().is_empty();
        (!pass_through || propagates()).then(|| starter.prepare_with(parent, facts))
    });
    if !has_layer {
        warn_of_missing_layer();
    }
    prepared
}

/// Warns once: the application has a subscriber, and forgot the layer of this crate; or it has the layer, and forgot to
/// install a subscriber.
#[cold]
fn warn_of_missing_layer() {
    static WARNED: Once = Once::new();
    WARNED.call_once(|| {
        let has_subscriber = !tracing::dispatcher::get_default(Dispatch::is::<NoSubscriber>);
        log_lines::warn(if has_subscriber {
            "the tracing subscriber has no layer of telemetry, so nothing is traced: \
             add the layer of telemetry::layer to it, or start with telemetry::init"
        } else {
            "the layer of telemetry::layer has no subscriber, so nothing is traced: \
             add it to a registry, and install that with init() before the first request"
        });
    });
}

/// Makes `span`, which was not entered yet, a child of the span in `parent`.
pub(crate) fn set_parent(span: &mut Span, parent: &Context) {
    const NO_VALUES: [(&Field, Option<&dyn Value>); 0] = [];
    if let Some(metadata) = span.metadata().filter(|_| shares_state(span)) {
        // The slot belongs to the old parent, which stays where it is: the span gets a slot of its own.
        *span = Span::new_root(metadata, &metadata.fields().value_set(&NO_VALUES));
    }
    reparent(span, parent);
}

/// Whether `span` has no state of its own: it stands for itself and its parent, and both are non-recording.
pub(crate) fn shares_state(span: &Span) -> bool {
    let shares =
        span.with_subscriber(|(id, dispatch)| Shell::of(dispatch).is_some_and(|shell| shell.shares_slot(id)));
    shares == Some(true)
}

/// Makes `span`, which has a state of its own and was not entered yet, a child of the span in `parent`. Returns whether
/// it is traced.
pub(crate) fn reparent(span: &Span, parent: &Context) -> bool {
    let name = span.metadata().map_or("", tracing::Metadata::name);
    let replaced = span.with_subscriber(|(id, dispatch)| {
        let shell = Shell::of(dispatch)?;
        let recorder = shell.recorder();
        let mut prepared = recorder.starter.prepare(parent.clone());
        if recorder.starter.hooks.is_some() {
            // Outside of the lock, and with what was recorded.
            prepared.take_over(shell.with_open_span(id, |open_span| open_span.data.take())?, name);
            recorder.starter.run_hooks(&mut prepared);
        }
        // The state that is replaced is dropped after the lock: that may run code of the application.
        shell.with_open_span(id, |open_span| recorder.reparent(id, open_span, &mut prepared, name))
    });
    replaced.flatten().is_some()
}

/// The OpenTelemetry context in which `span` is the active one; the current context for a disabled span.
pub(crate) fn context_of(span: &Span) -> Context {
    with_open_span(span, |open_span| open_span.context.clone()).unwrap_or_else(Context::current)
}

/// [`context_of`] and [`is_recording`], marking the span as propagated.
pub(crate) fn propagate(span: &Span) -> (Context, bool) {
    let found = with_open_span(span, |open_span| {
        open_span.is_propagated = true;
        (open_span.context.clone(), open_span.data.is_some())
    });
    found.unwrap_or_else(|| (Context::current(), false))
}

/// The id of the trace that the current span belongs to, as 32 hexadecimal digits.
pub fn trace_id_of_current() -> Option<String> {
    trace_id_of(&Span::current())
}

/// The id of the trace that `span` belongs to, as 32 hexadecimal digits.
pub(crate) fn trace_id_of(span: &Span) -> Option<String> {
    let ids = with_open_span(span, |open_span| open_span.context.span().span_context().clone());
    ids.filter(SpanContext::is_valid).map(|ids| ids.trace_id().to_string())
}

/// Whether `span` will be exported. Check it before work that only serves a recording span.
pub(crate) fn is_recording(span: &Span) -> bool {
    with_data(span, |_| ()).is_some()
}

/// Whether errors are reported to Rollbar: `ROLLBAR_ACCESS_TOKEN` is set, and its sender has started.
#[cfg(feature = "rollbar")]
pub fn reports_to_rollbar() -> bool {
    rollbar_problem().is_none()
}

/// Why errors are not reported to Rollbar, and what to change; `None` when they are reported. It contains no value of a
/// variable.
#[cfg(feature = "rollbar")]
pub fn rollbar_problem() -> Option<String> {
    tracing::dispatcher::get_default(|dispatch| match Shell::of(dispatch) {
        Some(shell) => shell.recorder().error_reports.as_ref().err().cloned(),
        None => Some("telemetry has not started".to_owned()),
    })
}

/// Whether a recording server span is entered on this thread.
#[cfg(feature = "rollbar")]
pub(crate) fn is_in_request() -> bool {
    server_context().is_some()
}

/// The context of the innermost recording server span that is entered on this thread.
pub(crate) fn server_context() -> Option<Context> {
    let of_server = |span: &mut OpenSpan| {
        let data = span.data.as_deref()?;
        (data.kind == SpanKind::Server).then(|| span.context.clone())
    };
    tracing::dispatcher::get_default(|dispatch| {
        let shell = Shell::of(dispatch)?;
        let entered = span_stack::entered(shell.recorder().owner);
        entered.iter().find_map(|id| shell.with_open_span(id, of_server)?)
    })
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

/// Ends `span` now. Handles that remain, and later exits, do not move the end.
pub(crate) fn end(span: &Span) {
    with_open_span(span, OpenSpan::end);
}

/// Ends `span` now, and exports it: a task that never ends may hold a handle.
pub(crate) fn finish(span: &Span) {
    export(span, |open_span| {
        open_span.end();
        open_span.take_ended()
    });
}

/// Exports `span`, which has ended.
pub(crate) fn export_ended(span: &Span) {
    export(span, OpenSpan::take_ended);
}

fn export(span: &Span, take: impl FnOnce(&mut OpenSpan) -> Option<ClosedSpan>) {
    span.with_subscriber(|(id, dispatch)| {
        let shell = Shell::of(dispatch)?;
        // Outside of the lock: a full queue logs, and the event may belong to this span.
        let ended = shell.with_open_span(id, take)??;
        shell.recorder().close(ended);
        Some(())
    });
}

/// Calls `access` with the data of `span`, under its lock; `None` for a non-recording span. `access` must not create,
/// enter or close a span.
pub(crate) fn with_data<T>(span: &Span, access: impl FnOnce(&mut SpanData) -> T) -> Option<T> {
    with_open_span(span, |open_span| open_span.data.as_deref_mut().map(access))?
}

/// Calls `access` with the state of `span`, under its lock; `None` for a disabled span, or one of another subscriber.
/// `access` must not create, enter or close a span.
pub(crate) fn with_open_span<T>(span: &Span, access: impl FnOnce(&mut OpenSpan) -> T) -> Option<T> {
    with_recorder(span, |open_span, _| access(open_span))
}

#[inline]
fn with_recorder<T>(span: &Span, access: impl FnOnce(&mut OpenSpan, &Recorder) -> T) -> Option<T> {
    span.with_subscriber(|(id, dispatch)| {
        let shell = Shell::of(dispatch)?;
        shell.with_open_span(id, |span| access(span, shell.recorder()))
    })?
}
