//! An open span as OpenTelemetry's own API sees it: the active span of its context.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Event, Span, SpanContext, Status};
use tracing::Dispatch;
use tracing::dispatcher::WeakDispatch;
use tracing::span::Id;

use super::open_span::OpenSpan;

/// The subscriber that a recorder is part of, shared with the contexts of its spans. A subscriber that is gone has no open
/// spans.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnDispatch(Arc<OnceLock<(WeakDispatch, Find)>>);

/// Calls its argument with an open span of a subscriber, under the span's lock.
type Find = fn(&Dispatch, &Id, &mut dyn FnMut(&mut OpenSpan));

impl OwnDispatch {
    /// A subscriber has one dispatch. If there is another one, both refer to the same subscriber.
    pub(super) fn register(&self, dispatch: &Dispatch, find: Find) {
        let _ = self.0.set((dispatch.downgrade(), find));
    }

    pub(super) fn get(&self) -> Option<Dispatch> {
        self.0.get()?.0.upgrade()
    }

    fn with_open_span<T>(&self, id: &Id, access: impl FnOnce(&mut OpenSpan) -> T) -> Option<T> {
        let (dispatch, find) = self.0.get()?;
        let (mut access, mut result) = (Some(access), None);
        find(&dispatch.upgrade()?, id, &mut |span| result = access.take().map(|access| access(span)));
        result
    }
}

/// The active span of a context, so that `opentelemetry::trace::get_active_span` reaches the exported span.
///
/// It finds the open span by its id. Once that has closed, calls have no effect.
#[derive(Debug)]
pub(super) struct ActiveSpan {
    pub(super) dispatch: OwnDispatch,
    pub(super) id: Id,
    pub(super) span_context: SpanContext,
}

impl ActiveSpan {
    fn with_data(&self, access: impl FnOnce(&mut crate::otlp::SpanData)) {
        self.dispatch.with_open_span(&self.id, |span| span.data.as_deref_mut().map(access));
    }
}

impl Span for ActiveSpan {
    fn add_event_with_timestamp<T: Into<Cow<'static, str>>>(
        &mut self,
        name: T,
        timestamp: SystemTime,
        attributes: Vec<KeyValue>,
    ) {
        let event = Event::new(name, timestamp, attributes, 0);
        self.with_data(|data| data.add_event(event));
    }

    fn span_context(&self) -> &SpanContext {
        &self.span_context
    }

    fn is_recording(&self) -> bool {
        self.dispatch.with_open_span(&self.id, |span| span.data.is_some() && !span.ended) == Some(true)
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        self.with_data(|data| data.attributes.set(attribute.key.as_str(), &attribute.value));
    }

    fn set_status(&mut self, status: Status) {
        self.with_data(|data| data.set_status(status));
    }

    fn update_name<T: Into<Cow<'static, str>>>(&mut self, name: T) {
        let name = name.into();
        self.with_data(|data| data.rename(&name));
    }

    fn add_link(&mut self, to: SpanContext, attributes: Vec<KeyValue>) {
        self.with_data(|data| data.add_link_with_attributes(to, attributes));
    }

    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        self.dispatch.with_open_span(&self.id, |span| span.end_at(timestamp));
    }
}
