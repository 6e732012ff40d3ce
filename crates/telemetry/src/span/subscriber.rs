//! The `tracing` subscriber: follows every span from its creation to its end, and every event.

use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanContext, SpanKind, TraceContextExt};
use opentelemetry_sdk::logs::SdkLogger;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_core::span::Current;

use super::event::span_event;
use super::fields::SpanFields;
use super::open_span::OpenSpan;
use super::slab::Slab;
use super::span_starter::{self, End, Mode, SpanStarter};
use super::{span_pool, span_stack};
use crate::filter::Filter;
use crate::otlp::{self, Limits, SpanData};
use crate::sampler::Sampler;
use crate::signals::logs;
use crate::stderr_log;

/// Records spans and pushes them to the export queue when they close; passes events on to spans, standard error and the
/// logs.
#[derive(Debug)]
pub(crate) struct SpanSubscriber {
    starter: SpanStarter,
    filter: Filter,
    /// The logs pipeline, if logs are exported.
    logger: Option<SdkLogger>,
    open: Slab<Entry>,
}

/// An open span, and the metadata of its callsite.
#[derive(Debug)]
struct Entry {
    span: OpenSpan,
    metadata: &'static Metadata<'static>,
}

impl SpanSubscriber {
    pub(crate) fn new(
        sampler: Sampler,
        limits: Limits,
        mode: Mode,
        filter: Filter,
        logger: Option<SdkLogger>,
    ) -> Self {
        let starter = SpanStarter { sampler, limits, mode };
        Self { starter, filter, logger, open: Slab::new() }
    }

    pub(super) fn starter(&self) -> &SpanStarter {
        &self.starter
    }

    /// Calls `access` with an open span, under its lock. `access` must not create, enter or close a span.
    pub(super) fn with_open_span<T>(&self, id: &Id, access: impl FnOnce(&mut OpenSpan) -> T) -> Option<T> {
        self.open.with(id, |entry| access(&mut entry.span))
    }

    /// Calls `access` with the data of a recording span, under its lock.
    fn with_data<T>(&self, id: &Id, access: impl FnOnce(&mut SpanData) -> T) -> Option<T> {
        self.with_open_span(id, |span| span.data.as_deref_mut().map(access))?
    }

    fn parent(&self, attributes: &Attributes<'_>) -> Context {
        if attributes.is_contextual() {
            return Context::current();
        }
        let parent =
            attributes.parent().and_then(|id| self.with_open_span(id, |parent| parent.context.clone()));
        parent.unwrap_or_default()
    }

    /// The slot of the innermost span, shared with the new one, when both are non-recording: then the new span needs no
    /// state of its own.
    ///
    /// A slot is not shared when OpenTelemetry's own API has made another span or other baggage current since.
    fn share_parent(&self, attributes: &Attributes<'_>) -> Option<Id> {
        if !attributes.is_contextual() || !self.starter.children_stay_non_recording() {
            return None;
        }
        let (parent, _) = span_stack::innermost()?;
        self.open.share(&parent, |Entry { span, .. }| {
            span.data.is_none()
                && Context::map_current(|current| same_active_span_and_baggage(&span.context, current))
        })
    }

    /// Starts a span of the application, with its fields as attributes.
    fn start_from_fields(&self, attributes: &Attributes<'_>) -> OpenSpan {
        let mut prepared = self.starter.prepare(self.parent(attributes));
        if let Some(data) = prepared.data() {
            let mut fields = SpanFields::new(&mut data.attributes);
            attributes.record(&mut fields);
            let SpanFields { name, kind, status, .. } = fields;
            data.set_name(&[name.as_deref().unwrap_or(attributes.metadata().name())]);
            data.kind = kind.unwrap_or(SpanKind::Internal);
            data.status = status.unwrap_or_default();
        }
        prepared.open(End::OnLastExit)
    }
}

impl Subscriber for SpanSubscriber {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.enabled(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.filter.traces(metadata) || self.filter.prints(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.filter.max_level())
    }

    /// Creates a span. A span of this crate was started by `start_prepared`, which handed it over in `PREPARED`; all
    /// others are started here from their fields.
    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let prepared = span_starter::take_prepared();
        if prepared.is_none()
            && let Some(id) = self.share_parent(attributes)
        {
            return id;
        }
        let span = prepared.unwrap_or_else(|| self.start_from_fields(attributes));
        self.open.insert(Entry { span, metadata: attributes.metadata() })
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        let limits = self.starter.limits;
        let mut attributes = otlp::Attributes::new(limits.attributes, limits.value_length);
        let mut fields = SpanFields::new(&mut attributes);
        // Before the lock: formatting the values runs code of the application.
        values.record(&mut fields);
        let SpanFields { name, status, .. } = fields;
        self.with_data(id, |data| {
            data.attributes.merge(&attributes);
            if let Some(name) = name {
                data.set_name(&[&name]);
            }
            if let Some(status) = status {
                data.set_status(status);
            }
        });
    }

    fn record_follows_from(&self, id: &Id, follows: &Id) {
        let followed = self.with_open_span(follows, |span| span.context.span().span_context().clone());
        if let Some(followed) = followed {
            self.with_data(id, |data| data.add_link(followed));
        }
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let traced = self.filter.traces(metadata);
        let parent = if event.is_contextual() {
            span_stack::innermost().map(|(id, _)| id)
        } else {
            event.parent().cloned()
        };
        let recording_and_ids =
            |span: &mut OpenSpan| (span.data.is_some(), span.context.span().span_context().clone());
        let found = parent.as_ref().and_then(|id| self.with_open_span(id, recording_and_ids));
        if let (Some(id), Some((true, _)), true) = (&parent, &found, traced) {
            // Before the lock: formatting the event runs code of the application.
            let span_event = span_event(event);
            self.with_data(id, |data| data.add_event(span_event));
        }
        let ids = found.map(|(_, ids)| ids).filter(SpanContext::is_valid);
        if self.filter.prints(metadata) {
            stderr_log::print(event, ids.as_ref());
        }
        if let Some(logger) = &self.logger
            && traced
        {
            logs::emit(logger, event, ids.as_ref());
        }
    }

    fn enter(&self, id: &Id) {
        if span_stack::reenter_innermost(id) {
            return;
        }
        let frame =
            |Entry { span, metadata }: &mut Entry| (*metadata, span.ends_on_exit(), span.context.clone());
        if let Some((metadata, updates_end, context)) = self.open.with(id, frame) {
            span_stack::enter(id, metadata, updates_end, context);
        }
    }

    fn exit(&self, id: &Id) {
        if span_stack::exit(id) {
            self.with_open_span(id, OpenSpan::update_end);
        }
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.open.retain(id);
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let Some(Entry { mut span, .. }) = self.open.release(&id) else { return false };
        if let (Some(mut data), Mode::Record(queue)) = (span.data.take(), &self.starter.mode) {
            if data.end == data.start {
                // The span was never entered, and not ended explicitly.
                data.end = SystemTime::now().max(data.start);
            }
            queue.push(&data);
            span_pool::put(data);
        }
        true
    }

    fn current_span(&self) -> Current {
        span_stack::innermost().map_or_else(Current::none, |(id, metadata)| Current::new(id, metadata))
    }
}

/// Whether two contexts have the same active span and the same baggage.
fn same_active_span_and_baggage(one: &Context, other: &Context) -> bool {
    span_stack::active(one) == span_stack::active(other) && std::ptr::eq(one.baggage(), other.baggage())
}
