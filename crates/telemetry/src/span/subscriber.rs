//! The `tracing` subscriber of [`init`](crate::init), for a process that has no other one.
//!
//! It stores the open spans itself, which costs half of what a registry does.

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Metadata, Subscriber};
use tracing_core::span::Current;

use super::open_spans::{Entry, OpenSpans};
use super::recorder::Recorder;
use super::slab::Slab;
use super::{foreign_spans, span_stack, span_starter};

/// Records spans and prints events.
#[derive(Debug)]
pub(crate) struct SpanSubscriber {
    pub(super) recorder: Recorder,
    open: Slab<Entry>,
}

impl SpanSubscriber {
    pub(crate) fn new(recorder: Recorder) -> Self {
        Self { recorder, open: Slab::new() }
    }

    /// The slot of the innermost span, shared with the new one, when both are non-recording: then the new span needs no
    /// state of its own.
    ///
    /// A slot is not shared when OpenTelemetry's own API has made another span or other baggage current since.
    fn share_parent(&self, attributes: &Attributes<'_>) -> Option<Id> {
        if !attributes.is_contextual() || !self.recorder.starter.children_stay_non_recording() {
            return None;
        }
        let (parent, _) = span_stack::innermost(self.recorder.owner)?;
        self.open.share(&parent, |Entry { span, .. }| {
            span.data.is_none()
                && !span.is_exported
                && Context::map_current(|current| same_active_span_and_baggage(&span.context, current))
        })
    }
}

impl OpenSpans for SpanSubscriber {
    #[inline]
    fn with_entry<T>(&self, id: &Id, access: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        self.open.with(id, access)
    }
}

impl Subscriber for SpanSubscriber {
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.recorder.dispatch.register(dispatch, |dispatch, id, access| {
            if let Some(subscriber) = dispatch.downcast_ref::<Self>() {
                subscriber.with_open_span(id, access);
            }
        });
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        let interest = self.recorder.filter.interest(metadata);
        if !interest.is_never() {
            foreign_spans::warn_of(metadata);
        }
        interest
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.recorder.filter.enables(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.recorder.filter.max_level())
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let prepared = span_starter::take_prepared();
        if prepared.is_none()
            && let Some(id) = self.share_parent(attributes)
        {
            return id;
        }
        let mut prepared = prepared.unwrap_or_else(|| self.recorder.prepare_from_fields(attributes, self));
        self.recorder.starter.run_hooks(&mut prepared);
        let metadata = attributes.metadata();
        self.open.insert(|id| Entry { span: prepared.open(id, &self.recorder.dispatch), metadata })
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        self.recorder.record(id, values, self);
    }

    fn record_follows_from(&self, id: &Id, followed: &Id) {
        Recorder::link(id, followed, self);
    }

    fn event(&self, event: &Event<'_>) {
        self.recorder.event(event, self);
    }

    fn enter(&self, id: &Id) {
        self.recorder.enter(id, self);
    }

    fn exit(&self, id: &Id) {
        self.recorder.exit(id, self);
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.open.retain(id);
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let Some(mut entry) = self.open.release(&id) else { return false };
        if let Some(closed) = entry.span.take_data() {
            self.recorder.close(closed);
        }
        true
    }

    fn current_span(&self) -> Current {
        let innermost = span_stack::innermost(self.recorder.owner);
        innermost.map_or_else(Current::none, |(id, metadata)| Current::new(id, metadata))
    }
}

/// Whether two contexts have the same active span and the same baggage.
fn same_active_span_and_baggage(one: &Context, other: &Context) -> bool {
    span_stack::active(one) == span_stack::active(other) && std::ptr::eq(one.baggage(), other.baggage())
}
