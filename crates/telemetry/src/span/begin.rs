//! A span before it is one: its ids and its sampling are decided first, so that nothing need be built for one that nobody
//! will see.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use tracing::Span;
use tracing::field::{Field, Value};

use super::{Finished, Limits, Recorded, Sampler, Spans, ids, record, slots, spare};
use crate::export::queue::Queue;
use crate::propagation::{RawTraceState, RootOnly, Undecided};

/// The W3C flag that says that the id's right-most bytes are random, which ours are.
const RANDOM: TraceFlags = TraceFlags::new(0x02);

/// Attributes that a span has room for from the start: a server span's, the longest of ours.
const ROOM: usize = 16;

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

/// Makes spans of contexts.
#[derive(Debug)]
pub(super) struct Beginner {
    pub(super) sampler: Sampler,
    pub(super) limits: Limits,
    pub(super) scope: InstrumentationScope,
    pub(super) mode: Mode,
}

/// A span whose ids and sampling are decided, before anything else is known of it.
#[derive(Debug)]
pub(crate) struct Begun {
    parent: Context,
    /// `None` when the parent's context goes on unchanged: nothing is recorded in this process, or the parent is a span of it
    /// that nobody will see.
    own: Option<SpanContext>,
    /// Where it will be recorded, if it is.
    finished: Option<Box<Finished>>,
}

impl Begun {
    /// An empty list for its attributes, with room: that of a span that is finished, most of the time.
    pub(crate) fn attributes(&mut self) -> Vec<KeyValue> {
        self.finished
            .as_mut()
            .map(|finished| std::mem::take(&mut finished.data.attributes))
            .unwrap_or_default()
    }

    /// The ids of the span; `None` when the parent's context goes on unchanged.
    pub(crate) fn ids(&self) -> Option<&SpanContext> {
        self.own.as_ref()
    }

    /// Whether the span will be exported: for what is costly to find out.
    pub(crate) fn is_recorded(&self) -> bool {
        self.finished.is_some()
    }

    pub(super) fn record(
        self,
        name: Cow<'static, str>,
        kind: SpanKind,
        by_hand: bool,
        mut attributes: Vec<KeyValue>,
    ) -> Recorded {
        let Self { parent, own, finished } = self;
        let Some(own) = own else { return Recorded::unseen(parent) };
        let Some(mut finished) = finished else {
            return Recorded::unseen(parent.with_remote_span_context(own));
        };
        let context = parent.with_remote_span_context(own.clone());
        let above = parent.span();
        let above = above.span_context();
        let limits = finished.limits;
        let data = &mut finished.data;
        data.span_context = own;
        data.parent_span_id = above.span_id();
        data.parent_span_is_remote = above.is_remote();
        data.span_kind = kind;
        data.name = name;
        data.dropped_attributes_count = record::cut(&mut attributes, limits.attributes, limits.value_length);
        data.attributes = attributes;
        data.start_time = SystemTime::now();
        data.end_time = data.start_time;
        finished.trace_state = parent.get::<RawTraceState>().map(|state| Arc::clone(&state.0));
        Recorded { context, finished: Some(finished), ended: false, by_hand }
    }
}

impl Beginner {
    /// Whether all spans below one that nobody will see are such as well.
    pub(super) fn stays_unseen(&self) -> bool {
        !matches!(self.mode, Mode::Recording(_)) || self.sampler.stays_off()
    }

    /// Whether the span below `above` has nothing of its own: nobody will see it, nor the one above, whose ids serve for both.
    fn goes_unseen_below(&self, above: &SpanContext) -> bool {
        let unseen = match self.mode {
            Mode::Passing => return true,
            Mode::Carrying => true,
            Mode::Recording(_) => !above.is_sampled() && self.sampler.stays_off(),
        };
        unseen && above.is_valid() && !above.is_remote()
    }

    /// Decides ids and sampling of a span below `parent`.
    pub(super) fn begin(&self, parent: Context) -> Begun {
        let span = parent.span();
        let above = span.span_context();
        if self.goes_unseen_below(above) {
            return Begun { parent, own: None, finished: None };
        }
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
        // A service's span has an id of its own whatever was decided (the SDK's specification, "SDK Span creation"): its logs,
        // its answer and whom it calls rely on it.
        let own = SpanContext::new(trace_id, ids::span_id(), flags.with_sampled(sampled), false, state);
        let finished = match &self.mode {
            Mode::Recording(_) if sampled => Some(spare::take().unwrap_or_else(|| self.blank())),
            _ => None,
        };
        Begun { parent, own: Some(own), finished }
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
        Box::new(Finished { data, trace_state: None, limits: self.limits })
    }

    /// Moves a span that has no children yet below another parent. What was not recorded of it before stays unknown, but for
    /// its name: its children must not miss it.
    fn adopt(&self, recorded: &mut Recorded, parent: &Context, name: &'static str) {
        let begun = self.begin(parent.clone());
        let mut adopted = begun.record(Cow::Borrowed(name), SpanKind::Internal, false, Vec::new());
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

/// A span that this crate begins itself: everything is known beforehand, so that nothing goes through fields.
#[derive(Debug)]
pub(crate) struct Seed {
    pub(crate) begun: Begun,
    pub(crate) name: Cow<'static, str>,
    pub(crate) kind: SpanKind,
    /// Whether it is ended by hand, and not with its last exit.
    pub(crate) by_hand: bool,
    pub(crate) attributes: Vec<KeyValue>,
    pub(crate) link: Option<SpanContext>,
}

thread_local! {
    /// The span that is being made on this thread.
    static PLANTED: Cell<Option<Recorded>> = const { Cell::new(None) };
}

impl Seed {
    /// Makes the span. `begin` is a call of `info_span!` without fields: every kind of span has a place of its own.
    pub(crate) fn plant(self, begin: impl FnOnce() -> Span) -> Span {
        let mut recorded = self.begun.record(self.name, self.kind, self.by_hand, self.attributes);
        if let Some(link) = self.link {
            recorded.add_link(link);
        }
        PLANTED.with(|planted| planted.set(Some(recorded)));
        let span = begin();
        // Left over when nobody listens.
        PLANTED.take();
        span
    }
}

/// What the span that is now made was planted as, if it was.
pub(super) fn planted() -> Option<Recorded> {
    PLANTED.take()
}

/// Decides ids and sampling of a span below `parent`; `None` when telemetry has not started, or there is nothing to record
/// and nothing to carry on.
pub(crate) fn begin(parent: Context) -> Option<Begun> {
    let mut parent = Some(parent);
    tracing::dispatcher::get_default(|dispatch| {
        let beginner = dispatch.downcast_ref::<Spans>()?.beginner();
        let parent = parent.take()?;
        let passing = matches!(beginner.mode, Mode::Passing);
        let carries = || parent.has_active_span() || !parent.baggage().is_empty();
        (!passing || carries()).then(|| beginner.begin(parent))
    })
}

/// Makes `span`, not yet entered, a child of what `parent` holds.
pub(crate) fn set_parent(span: &mut Span, parent: &Context) {
    const NO_VALUES: [(&Field, Option<&dyn Value>); 0] = [];
    let stood_in_for = span.id().is_some_and(|id| slots::is_stood_in_for(&id));
    if let Some(metadata) = span.metadata().filter(|_| stood_in_for) {
        // What stands in for it stays where it is.
        *span = Span::new_root(metadata, &metadata.fields().value_set(&NO_VALUES));
    }
    let name = span.metadata().map_or("", tracing::Metadata::name);
    super::with_recorded_by(span, |recorded, spans| spans.beginner().adopt(recorded, parent, name));
}
