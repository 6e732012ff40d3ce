//! Follows every span of `tracing` from its making to its end.

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

/// `tracing`'s subscriber: records spans, hands the finished ones to the queue, and sees to it that events are printed.
#[derive(Debug)]
pub(crate) struct SpanSubscriber {
    starter: SpanStarter,
    filter: Filter,
    /// Where events go beside the span they belong to.
    logger: Option<SdkLogger>,
    open: Slab<Open>,
}

/// An open span, and the place in the code that it comes from.
#[derive(Debug)]
struct Open {
    recorded: OpenSpan,
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

    pub(super) fn with<T>(&self, id: &Id, look: impl FnOnce(&mut OpenSpan) -> T) -> Option<T> {
        self.open.with(id, |open| look(&mut open.recorded))
    }

    /// Looks at what is known of a span that will be exported.
    fn with_data<T>(&self, id: &Id, look: impl FnOnce(&mut SpanData) -> T) -> Option<T> {
        self.with(id, |recorded| recorded.data.as_deref_mut().map(look))?
    }

    fn parent(&self, attributes: &Attributes<'_>) -> Context {
        if attributes.is_contextual() {
            return Context::current();
        }
        let parent = attributes.parent().and_then(|id| self.with(id, |parent| parent.context.clone()));
        parent.unwrap_or_default()
    }

    /// The innermost span, where it is not recorded and its decision is the new one's as well: then it stands in for it.
    ///
    /// What OpenTelemetry's own API made current in between is no span of ours to stand in, nor is one with other baggage.
    fn share_parent(&self, attributes: &Attributes<'_>) -> Option<Id> {
        if !attributes.is_contextual() || !self.starter.children_stay_unsampled() {
            return None;
        }
        let (above, _) = span_stack::innermost()?;
        self.open.share(&above, |Open { recorded, .. }| {
            recorded.data.is_none()
                && Context::map_current(|current| same_active_span_and_baggage(&recorded.context, current))
        })
    }

    /// A span of the application's.
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

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let prepared = span_starter::take_prepared();
        if prepared.is_none()
            && let Some(id) = self.share_parent(attributes)
        {
            return id;
        }
        let recorded = prepared.unwrap_or_else(|| self.start_from_fields(attributes));
        self.open.insert(Open { recorded, metadata: attributes.metadata() })
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        let limits = self.starter.limits;
        let mut said = otlp::Attributes::new(limits.attributes, limits.value_length);
        let mut fields = SpanFields::new(&mut said);
        // What formats the values is not ours: it runs while nothing is locked.
        values.record(&mut fields);
        let SpanFields { name, status, .. } = fields;
        self.with_data(id, |data| {
            data.attributes.merge(&said);
            if let Some(name) = name {
                data.set_name(&[&name]);
            }
            if let Some(status) = status {
                data.set_status(status);
            }
        });
    }

    fn record_follows_from(&self, id: &Id, follows: &Id) {
        let followed = self.with(follows, |followed| followed.context.span().span_context().clone());
        if let Some(followed) = followed {
            self.with_data(id, |data| data.add_link(followed));
        }
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let traces = self.filter.traces(metadata);
        let within = if event.is_contextual() {
            span_stack::innermost().map(|(id, _)| id)
        } else {
            event.parent().cloned()
        };
        let look = |recorded: &mut OpenSpan| {
            (recorded.data.is_some(), recorded.context.span().span_context().clone())
        };
        let seen = within.as_ref().and_then(|id| self.with(id, look));
        if let (Some(id), Some((true, _)), true) = (&within, &seen, traces) {
            // What formats the event is not ours: it runs while nothing is locked.
            let told = span_event(event);
            self.with_data(id, |data| data.add_event(told));
        }
        let ids = seen.map(|(_, ids)| ids).filter(SpanContext::is_valid);
        if self.filter.prints(metadata) {
            stderr_log::print(event, ids.as_ref());
        }
        if let Some(logger) = &self.logger
            && traces
        {
            logs::emit(logger, event, ids.as_ref());
        }
    }

    fn enter(&self, id: &Id) {
        if span_stack::reenter_innermost(id) {
            return;
        }
        let look = |Open { recorded, metadata }: &mut Open| {
            (*metadata, recorded.ends_on_exit(), recorded.context.clone())
        };
        if let Some((metadata, updates_end, context)) = self.open.with(id, look) {
            span_stack::enter(id, metadata, updates_end, context);
        }
    }

    fn exit(&self, id: &Id) {
        if span_stack::exit(id) {
            self.with(id, OpenSpan::update_end);
        }
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.open.retain(id);
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let Some(Open { mut recorded, .. }) = self.open.release(&id) else { return false };
        if let (Some(mut data), Mode::Record(queue)) = (recorded.data.take(), &self.starter.mode) {
            if data.end == data.start {
                // Never entered, and ended by nobody.
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

/// Whether both have the same active span and the same baggage.
fn same_active_span_and_baggage(one: &Context, other: &Context) -> bool {
    span_stack::active(one) == span_stack::active(other) && std::ptr::eq(one.baggage(), other.baggage())
}
