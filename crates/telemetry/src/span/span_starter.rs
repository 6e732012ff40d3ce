//! A span before it is one: its ids and its sampling are decided first, so that nothing need be built for one that nobody
//! will see.

use std::cell::Cell;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags};
use tracing::Span;

use super::open_span::OpenSpan;
use super::span_pool;
use crate::export::queue::Queue;
use crate::ids;
use crate::otlp::{Limits, SpanData};
use crate::propagation::{RawTraceState, SamplingDeferred, TraceIdOnly};
use crate::sampler::Sampler;

/// The W3C flag that says that the id's right-most bytes are random, which ours are.
const RANDOM: TraceFlags = TraceFlags::new(0x02);

/// What becomes of spans.
#[derive(Clone, Debug)]
pub(crate) enum Mode {
    /// Recorded, and pushed here when finished.
    Record(Arc<Queue>),
    /// Nobody wants them: they have ids that others can be children of, and nothing else.
    Propagate,
    /// The SDK is disabled: contexts go through this process as they came.
    PassThrough,
}

/// Makes spans of contexts.
#[derive(Debug)]
pub(super) struct SpanStarter {
    pub(super) sampler: Sampler,
    pub(super) limits: Limits,
    pub(super) mode: Mode,
}

/// A span whose ids and sampling are decided, before anything else is known of it.
#[derive(Debug)]
pub(crate) struct PreparedSpan {
    parent: Context,
    /// `None` when the parent's context goes on unchanged: nothing is recorded in this process, or the parent is a span of it
    /// that nobody will see.
    own: Option<SpanContext>,
    /// Where it will be recorded, if it is.
    data: Option<Box<SpanData>>,
}

impl PreparedSpan {
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

    pub(super) fn open(self, ends: End) -> OpenSpan {
        let Self { parent, own, data } = self;
        let Some(own) = own else { return OpenSpan::non_recording(parent) };
        let Some(mut data) = data else {
            return OpenSpan::non_recording(parent.with_remote_span_context(own));
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
        OpenSpan { context, data: Some(data), ended: false, explicit_end: ends == End::Explicit }
    }

    /// Makes the span, all of which is known beforehand, so that nothing goes through fields. `make` is a call of `info_span!`
    /// without fields: every kind of span has a place of its own.
    pub(crate) fn start_prepared(self, ends: End, make: impl FnOnce() -> Span) -> Span {
        let recorded = self.open(ends);
        PREPARED.with(|prepared| prepared.set(Some(recorded)));
        let span = make();
        if span.is_none() {
            // Nobody listens.
            PREPARED.take();
        }
        span
    }
}

/// When a span has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// When somebody says so.
    Explicit,
    /// With its last exit.
    OnLastExit,
}

thread_local! {
    /// The span that is being made on this thread.
    static PREPARED: Cell<Option<OpenSpan>> = const { Cell::new(None) };
}

impl SpanStarter {
    /// Whether all spans below one that nobody will see are such as well.
    pub(super) fn children_stay_unsampled(&self) -> bool {
        !matches!(self.mode, Mode::Record(_)) || self.sampler.stays_off()
    }

    /// Whether the span below `above` has nothing of its own: nobody will see it, nor the one above, whose ids serve for both.
    fn inherits_context(&self, above: &SpanContext) -> bool {
        let unseen = match self.mode {
            Mode::PassThrough => return true,
            Mode::Propagate => true,
            Mode::Record(_) => !above.is_sampled() && self.sampler.stays_off(),
        };
        unseen && above.is_valid() && !above.is_remote()
    }

    /// Decides ids and sampling of a span below `parent`.
    pub(super) fn prepare(&self, parent: Context) -> PreparedSpan {
        let span = parent.span();
        let above = span.span_context();
        if self.inherits_context(above) {
            return PreparedSpan { parent, own: None, data: None };
        }
        let begun_elsewhere = parent.get::<TraceIdOnly>().copied();
        let (trace_id, flags, decided) = match begun_elsewhere {
            _ if above.is_valid() => {
                let undecided = above.is_remote() && parent.get::<SamplingDeferred>().is_some();
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
            Mode::Record(_) if sampled => {
                Some(span_pool::take().unwrap_or_else(|| Box::new(SpanData::blank(self.limits))))
            }
            _ => None,
        };
        PreparedSpan { parent, own: Some(own), data }
    }

    /// Moves a span that has no children yet below another parent. What was not recorded of it before stays unknown, but for
    /// its name: its children must not miss it.
    pub(super) fn reparent(&self, recorded: &mut OpenSpan, parent: &Context, name: &'static str) {
        let mut reparented = self.prepare(parent.clone()).open(End::OnLastExit);
        if let Some(new) = &mut reparented.data {
            match recorded.data.take() {
                Some(old) => new.take_over(*old),
                None => new.set_name(&[name]),
            }
        }
        *recorded = reparented;
    }
}

/// What the span that is now made was prepared as, if it was.
pub(super) fn take_prepared() -> Option<OpenSpan> {
    PREPARED.take()
}
