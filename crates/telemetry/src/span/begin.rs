//! A span before it is one: its ids and its sampling are decided first, so that nothing need be built for one that nobody
//! will see.

use std::cell::Cell;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags};
use tracing::Span;
use tracing::field::{Field, Value};

use super::{Limits, Recorded, Sampler, SpanData, Spans, ids, slots, spare};
use crate::export::queue::Queue;
use crate::propagation::{RawTraceState, RootOnly, Undecided};

/// The W3C flag that says that the id's right-most bytes are random, which ours are.
const RANDOM: TraceFlags = TraceFlags::new(0x02);

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
    data: Option<Box<SpanData>>,
}

impl Begun {
    /// Where all is said that is known of it beforehand; `None` when it will not be exported.
    pub(crate) fn data(&mut self) -> Option<&mut SpanData> {
        self.data.as_deref_mut()
    }

    /// The ids of the span; `None` when the parent's context goes on unchanged.
    pub(crate) fn ids(&self) -> Option<&SpanContext> {
        self.own.as_ref()
    }

    /// Whether the trace begins with it.
    pub(crate) fn is_root(&self) -> bool {
        !self.parent.span().span_context().is_valid()
    }

    /// Whether the span will be exported: for what is costly to find out.
    pub(crate) fn is_recorded(&self) -> bool {
        self.data.is_some()
    }

    pub(super) fn open(self, ends: Ends) -> Recorded {
        let Self { parent, own, data } = self;
        let Some(own) = own else { return Recorded::unseen(parent) };
        let Some(mut data) = data else {
            return Recorded::unseen(parent.with_remote_span_context(own));
        };
        let context = parent.with_remote_span_context(own.clone());
        let above = parent.span();
        let above = above.span_context();
        data.span_context = own;
        data.parent = above.span_id();
        data.parent_is_remote = above.is_remote();
        data.trace_state = parent.get::<RawTraceState>().map(|state| Arc::clone(&state.0));
        data.start = SystemTime::now();
        data.end = data.start;
        Recorded { context, data: Some(data), ended: false, by_hand: ends == Ends::ByHand }
    }

    /// Makes the span, all of which is known beforehand, so that nothing goes through fields. `make` is a call of `info_span!`
    /// without fields: every kind of span has a place of its own.
    pub(crate) fn plant(self, ends: Ends, make: impl FnOnce() -> Span) -> Span {
        let recorded = self.open(ends);
        PLANTED.with(|planted| planted.set(Some(recorded)));
        let span = make();
        if span.is_none() {
            // Nobody listens.
            PLANTED.take();
        }
        span
    }
}

/// When a span has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ends {
    /// When somebody says so.
    ByHand,
    /// With its last exit.
    WhenLeft,
}

thread_local! {
    /// The span that is being made on this thread.
    static PLANTED: Cell<Option<Recorded>> = const { Cell::new(None) };
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
            return Begun { parent, own: None, data: None };
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
        let data = match &self.mode {
            Mode::Recording(_) if sampled => {
                Some(spare::take().unwrap_or_else(|| Box::new(SpanData::blank(self.limits))))
            }
            _ => None,
        };
        Begun { parent, own: Some(own), data }
    }

    /// Moves a span that has no children yet below another parent. What was not recorded of it before stays unknown, but for
    /// its name: its children must not miss it.
    fn adopt(&self, recorded: &mut Recorded, parent: &Context, name: &'static str) {
        let mut adopted = self.begin(parent.clone()).open(Ends::WhenLeft);
        if let Some(new) = &mut adopted.data {
            match recorded.data.take() {
                Some(old) => new.take_over(*old),
                None => new.set_name(&[name]),
            }
        }
        *recorded = adopted;
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
