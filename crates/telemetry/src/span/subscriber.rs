//! Follows every span of `tracing` from its making to its end.

use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanContext, SpanKind, TraceContextExt};
use opentelemetry_sdk::logs::SdkLogger;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Span, Subscriber};
use tracing_core::span::Current;

use super::begin::{self, Beginner, Ends, Mode};
use super::event::span_event;
use super::fields::SpanFields;
use super::slots::Slots;
use super::{Limits, Recorded, Sampler, SpanData, entered, spare};
use crate::filter::Filter;
use crate::signals::logs;
use crate::{lines, otlp};

/// `tracing`'s subscriber: records spans, hands the finished ones to the queue, and sees to it that events are printed.
#[derive(Debug)]
pub(crate) struct Spans {
    beginner: Beginner,
    filter: Filter,
    /// Where events go beside the span they belong to.
    logger: Option<SdkLogger>,
    open: Slots<Open>,
}

/// An open span, and the place in the code that it comes from.
#[derive(Debug)]
struct Open {
    recorded: Recorded,
    metadata: &'static Metadata<'static>,
}

impl Spans {
    pub(crate) fn new(
        sampler: Sampler,
        limits: Limits,
        mode: Mode,
        filter: Filter,
        logger: Option<SdkLogger>,
    ) -> Self {
        let beginner = Beginner { sampler, limits, mode };
        Self { beginner, filter, logger, open: Slots::new() }
    }

    pub(super) fn beginner(&self) -> &Beginner {
        &self.beginner
    }

    fn with<T>(&self, id: &Id, look: impl FnOnce(&mut Recorded) -> T) -> Option<T> {
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
    fn stand_in(&self, attributes: &Attributes<'_>) -> Option<Id> {
        if !attributes.is_contextual() || !self.beginner.stays_unseen() {
            return None;
        }
        let (above, _) = entered::innermost()?;
        self.open.stand_in(&above, |Open { recorded, .. }| {
            recorded.data.is_none() && Context::map_current(|current| alike(&recorded.context, current))
        })
    }

    /// A span of the application's.
    fn record_fields(&self, attributes: &Attributes<'_>) -> Recorded {
        let mut begun = self.beginner.begin(self.parent(attributes));
        if let Some(data) = begun.data() {
            let mut fields = SpanFields::new(&mut data.attributes);
            attributes.record(&mut fields);
            let SpanFields { name, kind, status, .. } = fields;
            data.set_name(&[name.as_deref().unwrap_or(attributes.metadata().name())]);
            data.kind = kind.unwrap_or(SpanKind::Internal);
            data.status = status.unwrap_or_default();
        }
        begun.open(Ends::WhenLeft)
    }
}

impl Subscriber for Spans {
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
        let planted = begin::planted();
        if planted.is_none()
            && let Some(id) = self.stand_in(attributes)
        {
            return id;
        }
        let recorded = planted.unwrap_or_else(|| self.record_fields(attributes));
        self.open.open(Open { recorded, metadata: attributes.metadata() })
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        let limits = self.beginner.limits;
        let mut said = otlp::Attributes::new(limits.attributes, limits.value_length);
        let mut fields = SpanFields::new(&mut said);
        // What formats the values is not ours: it runs while nothing is locked.
        values.record(&mut fields);
        let SpanFields { name, status, .. } = fields;
        self.with_data(id, |data| {
            data.attributes.take_over(&said);
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
            entered::innermost().map(|(id, _)| id)
        } else {
            event.parent().cloned()
        };
        let look = |recorded: &mut Recorded| {
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
            lines::print(event, ids.as_ref());
        }
        if let Some(logger) = &self.logger
            && traces
        {
            logs::emit(logger, event, ids.as_ref());
        }
    }

    fn enter(&self, id: &Id) {
        if entered::enter_again(id) {
            return;
        }
        let look = |Open { recorded, metadata }: &mut Open| {
            (*metadata, recorded.ends_with_its_last_exit(), recorded.context.clone())
        };
        if let Some((metadata, timed, context)) = self.open.with(id, look) {
            entered::enter(id, metadata, timed, context);
        }
    }

    fn exit(&self, id: &Id) {
        if entered::exit(id) {
            self.with(id, Recorded::touch);
        }
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.open.keep(id);
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let Some(Open { mut recorded, .. }) = self.open.close(&id) else { return false };
        if let (Some(mut data), Mode::Recording(queue)) = (recorded.data.take(), &self.beginner.mode) {
            if data.end == data.start {
                // Never entered, and ended by nobody.
                data.end = SystemTime::now().max(data.start);
            }
            queue.push(&data);
            spare::keep(data);
        }
        true
    }

    fn current_span(&self) -> Current {
        entered::innermost().map_or_else(Current::none, |(id, metadata)| Current::new(id, metadata))
    }
}

/// Whether both have the same active span and the same baggage.
fn alike(one: &Context, other: &Context) -> bool {
    entered::active(one) == entered::active(other) && std::ptr::eq(one.baggage(), other.baggage())
}

/// What `span` is, if it is one of ours. `look` must not make, enter or close a span.
pub(crate) fn with_recorded<T>(span: &Span, look: impl FnOnce(&mut Recorded) -> T) -> Option<T> {
    with_recorded_by(span, |recorded, _| look(recorded))
}

/// What is known of `span`, if it is one of ours and will be exported. `look` must not make, enter or close a span.
pub(crate) fn with_data<T>(span: &Span, look: impl FnOnce(&mut SpanData) -> T) -> Option<T> {
    with_recorded(span, |recorded| recorded.data.as_deref_mut().map(look))?
}

/// What `span` is, with who records it.
pub(super) fn with_recorded_by<T>(span: &Span, look: impl FnOnce(&mut Recorded, &Spans) -> T) -> Option<T> {
    span.with_subscriber(|(id, dispatch)| {
        let spans = dispatch.downcast_ref::<Spans>()?;
        spans.with(id, |recorded| look(recorded, spans))
    })?
}
