//! Follows every span from its making to its end.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{
    Event as SpanEvent, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags,
};
use opentelemetry::{Context, ContextGuard, InstrumentationScope, KeyValue};
use opentelemetry_sdk::logs::SdkLogger;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Span};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry, layer};

use super::fields::{EventFields, SpanFields};
use super::{Finished, Limits, Recorded, Sampler, ids, record};
use crate::export::queue::Queue;
use crate::filter::Filter;
use crate::lines;
use crate::propagation::{RawTraceState, RootOnly, Undecided};
use crate::signals::logs;

/// The W3C flag that says that the id's right-most bytes are random, which ours are.
const RANDOM: TraceFlags = TraceFlags::new(0x02);

/// Attributes that a span has room for from the start: a server span's, the longest of ours.
const ROOM: usize = 16;

/// Records spans and hands the finished ones to the queue.
pub(crate) struct SpanLayer {
    sampler: Sampler,
    limits: Limits,
    scope: InstrumentationScope,
    mode: Mode,
    filter: Filter,
    /// Where events go beside the span they belong to.
    logger: Option<SdkLogger>,
}

/// What becomes of spans.
#[derive(Clone, Debug)]
pub(crate) enum Mode {
    /// Recorded, and pushed here when finished.
    Recording(Arc<Queue>),
    /// Nobody wants them: they have ids that others can be children of, and nothing else.
    Carrying,
    /// The SDK is disabled: contexts go through this process as they came.
    Passing,
}

/// A span whose ids and sampling are decided, before anything else is known of it.
#[derive(Debug)]
pub(crate) struct Begun {
    parent: Context,
    /// `None` when nothing is recorded in this process: then the parent's context goes on unchanged.
    own: Option<SpanContext>,
    /// Where it will be recorded, if it is.
    finished: Option<Box<Finished>>,
}

impl Begun {
    /// An empty list for its attributes, with room: that of a span that has been exported, most of the time.
    pub(crate) fn attributes(&mut self) -> Vec<KeyValue> {
        self.finished
            .as_mut()
            .map(|finished| std::mem::take(&mut finished.data.attributes))
            .unwrap_or_default()
    }

    /// Whether the span will be exported: for what is costly to find out.
    pub(crate) fn is_recorded(&self) -> bool {
        self.finished.is_some()
    }
}

/// A span that this crate begins itself: everything is known beforehand, so that nothing goes through fields.
#[derive(Debug)]
pub(crate) struct Seed {
    pub(crate) begun: Begun,
    pub(crate) name: Cow<'static, str>,
    pub(crate) kind: SpanKind,
    pub(crate) attributes: Vec<KeyValue>,
    pub(crate) links: Vec<SpanContext>,
}

thread_local! {
    /// The seed of the span that is being made on this thread.
    static SEED: Cell<Option<Seed>> = const { Cell::new(None) };
    /// OpenTelemetry's contexts that entered spans have made current.
    static ATTACHED: RefCell<Vec<(Id, ContextGuard)>> = const { RefCell::new(Vec::new()) };
}

impl Seed {
    /// Makes the span. `begin` is a call of `info_span!` without fields: every kind of span has a place of its own.
    pub(crate) fn plant(self, begin: impl FnOnce() -> Span) -> Span {
        SEED.set(Some(self));
        let span = begin();
        // Left over when nobody listens.
        SEED.take();
        span
    }
}

impl SpanLayer {
    pub(crate) fn new(
        sampler: Sampler,
        limits: Limits,
        mode: Mode,
        filter: Filter,
        logger: Option<SdkLogger>,
    ) -> Self {
        let scope =
            InstrumentationScope::builder("telemetry").with_version(env!("CARGO_PKG_VERSION")).build();
        Self { sampler, limits, scope, mode, filter, logger }
    }

    fn parent(attributes: &Attributes<'_>, context: &layer::Context<'_, Registry>) -> Context {
        if attributes.is_contextual() {
            return Context::current();
        }
        let parent = attributes.parent().and_then(|id| context.span(id));
        let parent = parent
            .and_then(|span| span.extensions().get::<Recorded>().map(|recorded| recorded.context.clone()));
        parent.unwrap_or_default()
    }

    /// Decides ids and sampling of a span below `parent`.
    fn begin(&self, parent: Context) -> Begun {
        if matches!(self.mode, Mode::Passing) {
            return Begun { parent, own: None, finished: None };
        }
        let span = parent.span();
        let above = span.span_context();
        let begun_elsewhere = parent.get::<RootOnly>().copied();
        let (trace_id, flags, decided) = match begun_elsewhere {
            _ if above.is_valid() => {
                let undecided = above.is_remote() && parent.get::<Undecided>().is_some();
                (above.trace_id(), above.trace_flags(), (!undecided).then(|| above.is_sampled()))
            }
            Some(root) => (root.trace_id, TraceFlags::NOT_SAMPLED, root.sampled),
            None => (ids::trace_id(), RANDOM, None),
        };
        let sampled = self.sampler.samples(decided, trace_id);
        let state = above.trace_state().clone();
        let own = SpanContext::new(trace_id, ids::span_id(), flags.with_sampled(sampled), false, state);
        let finished = match &self.mode {
            Mode::Recording(queue) if sampled => Some(queue.spare().unwrap_or_else(|| self.blank())),
            _ => None,
        };
        Begun { parent, own: Some(own), finished }
    }

    fn record(
        &self,
        begun: Begun,
        name: Cow<'static, str>,
        kind: SpanKind,
        mut attributes: Vec<KeyValue>,
    ) -> Recorded {
        let Begun { parent, own, finished } = begun;
        let limits = self.limits;
        let Some(own) = own else {
            return Recorded { context: parent, finished: None, ended: true, by_hand: false, limits };
        };
        let Some(mut finished) = finished else {
            let context = parent.with_remote_span_context(own);
            return Recorded { context, finished: None, ended: true, by_hand: false, limits };
        };
        let context = parent.with_remote_span_context(own.clone());
        let above = parent.span();
        let above = above.span_context();
        let data = &mut finished.data;
        data.span_context = own;
        data.parent_span_id = above.span_id();
        data.parent_span_is_remote = above.is_remote();
        // The server's middleware sees the end of every request, however it comes.
        let kind_is_server = kind == SpanKind::Server;
        data.span_kind = kind;
        data.name = name;
        data.dropped_attributes_count = record::cut(&mut attributes, limits.attributes, limits.value_length);
        data.attributes = attributes;
        data.start_time = SystemTime::now();
        data.end_time = data.start_time;
        finished.trace_state = parent.get::<RawTraceState>().map(|state| Arc::clone(&state.0));
        Recorded { context, finished: Some(finished), ended: false, by_hand: kind_is_server, limits }
    }

    /// A span of which nothing is known yet.
    fn blank(&self) -> Box<Finished> {
        let data = SpanData {
            span_context: SpanContext::NONE,
            parent_span_id: SpanId::INVALID,
            parent_span_is_remote: false,
            span_kind: SpanKind::Internal,
            name: Cow::Borrowed(""),
            start_time: SystemTime::UNIX_EPOCH,
            end_time: SystemTime::UNIX_EPOCH,
            attributes: Vec::with_capacity(ROOM),
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: self.scope.clone(),
        };
        Box::new(Finished { data, trace_state: None })
    }

    /// Moves a span that has no children yet below another parent. What was not recorded of it before stays unknown, but for
    /// its name: its children must not miss it.
    pub(crate) fn adopt(&self, recorded: &mut Recorded, parent: &Context, name: &'static str) {
        let begun = self.begin(parent.clone());
        let mut adopted = self.record(begun, Cow::Borrowed(name), SpanKind::Internal, Vec::new());
        if let (Some(new), Some(old)) = (&mut adopted.finished, recorded.finished.take()) {
            new.data = SpanData {
                span_context: new.data.span_context.clone(),
                parent_span_id: new.data.parent_span_id,
                parent_span_is_remote: new.data.parent_span_is_remote,
                ..old.data
            };
        }
        *recorded = adopted;
    }
}

impl Layer<Registry> for SpanLayer {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.filter.traces(metadata) || self.filter.prints(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: layer::Context<'_, Registry>) -> bool {
        self.filter.traces(metadata) || self.filter.prints(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.filter.max_level())
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: layer::Context<'_, Registry>) {
        let seed = SEED.take();
        if seed.is_none() && !self.filter.traces(attributes.metadata()) {
            return;
        }
        let Some(span) = context.span(id) else { return };
        let recorded = if let Some(seed) = seed {
            let mut recorded = self.record(seed.begun, seed.name, seed.kind, seed.attributes);
            seed.links.into_iter().for_each(|link| recorded.add_link(link));
            recorded
        } else {
            let mut begun = self.begin(Self::parent(attributes, &context));
            let mut fields = SpanFields::default();
            if begun.is_recorded() {
                fields.attributes = begun.attributes();
                attributes.record(&mut fields);
            }
            let name = fields.name.unwrap_or(Cow::Borrowed(attributes.metadata().name()));
            let mut recorded =
                self.record(begun, name, fields.kind.unwrap_or(SpanKind::Internal), fields.attributes);
            if let Some(status) = fields.status {
                recorded.set_status(status);
            }
            recorded
        };
        span.extensions_mut().insert(recorded);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: layer::Context<'_, Registry>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = SpanFields::default();
        values.record(&mut fields);
        let mut extensions = span.extensions_mut();
        let Some(recorded) = extensions.get_mut::<Recorded>() else { return };
        fields.attributes.into_iter().for_each(|attribute| recorded.set_attribute(attribute));
        if let Some(name) = fields.name {
            recorded.set_name(name);
        }
        if let Some(status) = fields.status {
            recorded.set_status(status);
        }
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, context: layer::Context<'_, Registry>) {
        let followed = context.span(follows).and_then(|span| {
            span.extensions().get::<Recorded>().map(|recorded| recorded.context.span().span_context().clone())
        });
        let (Some(span), Some(followed)) = (context.span(id), followed) else { return };
        if let Some(recorded) = span.extensions_mut().get_mut::<Recorded>() {
            recorded.add_link(followed);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: layer::Context<'_, Registry>) {
        let metadata = event.metadata();
        let mut ids = None;
        if let Some(span) = context.event_span(event)
            && let Some(recorded) = span.extensions_mut().get_mut::<Recorded>()
        {
            if recorded.finished.is_some() && self.filter.traces(metadata) {
                recorded.add_event(span_event(event));
            }
            ids = Some(recorded.context.span().span_context().clone()).filter(SpanContext::is_valid);
        }
        if self.filter.prints(metadata) {
            lines::print(event, ids.as_ref());
        }
        if let Some(logger) = &self.logger
            && self.filter.traces(metadata)
        {
            logs::emit(logger, event, ids.as_ref());
        }
    }

    fn on_enter(&self, id: &Id, context: layer::Context<'_, Registry>) {
        let Some(span) = context.span(id) else { return };
        let entered = span.extensions().get::<Recorded>().map(|recorded| recorded.context.clone());
        if let Some(entered) = entered {
            let guard = entered.attach();
            ATTACHED.with_borrow_mut(|attached| attached.push((id.clone(), guard)));
        }
    }

    fn on_exit(&self, id: &Id, context: layer::Context<'_, Registry>) {
        // The guard is dropped after the borrow: what it drops may run code of its own.
        let guard = ATTACHED.with_borrow_mut(|attached| {
            let at = attached.iter().rposition(|(attached, _)| attached == id)?;
            Some(attached.remove(at))
        });
        // Nothing was attached: the span is none of ours.
        let Some(guard) = guard else { return };
        drop(guard);
        let Some(span) = context.span(id) else { return };
        if let Some(recorded) = span.extensions_mut().get_mut::<Recorded>() {
            recorded.touch();
        }
    }

    fn on_close(&self, id: Id, context: layer::Context<'_, Registry>) {
        let Some(span) = context.span(&id) else { return };
        let recorded = span.extensions_mut().remove::<Recorded>();
        if let (Some(mut recorded), Mode::Recording(queue)) = (recorded, &self.mode)
            && let Some(mut finished) = recorded.finished.take()
        {
            if finished.data.end_time == finished.data.start_time {
                // Never entered, and ended by nobody.
                finished.data.end_time = SystemTime::now().max(finished.data.start_time);
            }
            queue.push(finished);
        }
    }
}

/// An event of `tracing` as one of a span: its message is its name, unless it tells of an error.
fn span_event(event: &Event<'_>) -> SpanEvent {
    let metadata = event.metadata();
    let mut fields = EventFields::default();
    event.record(&mut fields);
    fields.attributes.push(KeyValue::new("level", metadata.level().as_str()));
    fields.attributes.push(KeyValue::new("target", metadata.target()));
    let is_exception =
        fields.attributes.iter().any(|attribute| attribute.key.as_str() == "exception.message");
    let name = match fields.message {
        Some(message) if is_exception => {
            fields.attributes.push(KeyValue::new("message", message.into_owned()));
            Cow::Borrowed("exception")
        }
        None if is_exception => Cow::Borrowed("exception"),
        Some(message) => message,
        None => Cow::Borrowed(metadata.name()),
    };
    SpanEvent::new(name, SystemTime::now(), fields.attributes, 0)
}

/// What `span` is, if `telemetry`'s layer knows it.
pub(crate) fn with_recorded<T>(span: &Span, look: impl FnOnce(&mut Recorded, &SpanLayer) -> T) -> Option<T> {
    span.with_subscriber(|(id, dispatch)| {
        let layer = dispatch.downcast_ref::<SpanLayer>()?;
        let span = dispatch.downcast_ref::<Registry>()?.span(id)?;
        let mut extensions = span.extensions_mut();
        extensions.get_mut::<Recorded>().map(|recorded| look(recorded, layer))
    })?
}

/// Decides ids and sampling of a span below `parent`; `None` when telemetry has not started, or there is nothing to record
/// and nothing to carry on.
pub(crate) fn begin(parent: Context) -> Option<Begun> {
    let mut parent = Some(parent);
    tracing::dispatcher::get_default(|dispatch| {
        let layer = dispatch.downcast_ref::<SpanLayer>()?;
        let parent = parent.take()?;
        let passing = matches!(layer.mode, Mode::Passing);
        let carries = parent.has_active_span() || !parent.baggage().is_empty();
        (!passing || carries).then(|| layer.begin(parent))
    })
}
