//! Decides ids and sampling before a span is allocated, so that nothing is built for an unsampled span.

use std::cell::Cell;
use std::sync::{Arc, Once};
use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceId, TraceState};
use tracing::span::Id;
use tracing::{Metadata, Span};

use super::active_span::{ActiveSpan, OwnDispatch};
use super::open_span::{End, OpenSpan};
#[cfg(feature = "xray")]
use super::sampling_rule;
use super::span_pool;
use super::start_hooks::StartHooks;
use crate::export::queue::Queue;
use crate::ids;
use crate::log_lines;
use crate::otlp::{Limits, SpanData};
use crate::propagation::{RawTraceState, SamplingDeferred, TraceIdOnly};
use crate::sampler::{Facts, Sampler};

/// The W3C flag of a trace id whose right-most 7 bytes are random. Ids of this crate are.
const RANDOM: TraceFlags = TraceFlags::new(0x02);

/// What happens to spans.
#[derive(Clone, Debug)]
pub(crate) enum Mode {
    /// Sampled spans are recorded, and pushed to this queue when they have ended.
    Record(Arc<Queue>),
    /// There is no exporter. Spans have ids that children and other services refer to, and record nothing.
    Propagate,
    /// The SDK is disabled. Contexts pass through this process unchanged.
    PassThrough,
}

/// Starts spans below contexts.
#[derive(Debug)]
pub(crate) struct SpanStarter {
    pub(crate) sampler: Sampler,
    pub(crate) limits: Limits,
    pub(crate) mode: Mode,
    /// What the application takes part in at the start of spans.
    pub(crate) hooks: Option<Box<StartHooks>>,
}

/// A span whose ids and sampling are decided, and that has not started yet.
#[derive(Debug)]
pub(crate) struct PreparedSpan {
    parent: Context,
    /// `None` when the span uses the parent's context: nothing is recorded in this process, or the parent is a local
    /// non-recording span.
    own: Option<SpanContext>,
    /// `None` for a non-recording span.
    data: Option<Box<SpanData>>,
    end: End,
}

impl PreparedSpan {
    /// The data of a recording span, to be filled with what is known before the start.
    pub(crate) fn data(&mut self) -> Option<&mut SpanData> {
        self.data.as_deref_mut()
    }

    /// The ids of the span; `None` when it uses the parent's context.
    pub(crate) fn ids(&self) -> Option<&SpanContext> {
        self.own.as_ref()
    }

    /// Whether the span will be exported. Check it before work that only serves a recording span.
    pub(crate) fn is_recording(&self) -> bool {
        self.data.is_some()
    }

    /// Takes what a span had recorded that this one replaces, or else `name`, unless it has done so already.
    pub(super) fn take_over(&mut self, replaced: Option<Box<SpanData>>, name: &str) {
        let Some(data) = &mut self.data else { return };
        match replaced {
            Some(replaced) => data.take_over(*replaced),
            None if data.name.is_empty() => data.set_name(&[name]),
            None => {}
        }
    }

    /// Gives the span the end of the one that it replaces.
    pub(super) fn keep_end(&mut self, end: End) {
        self.end = end;
    }

    /// Starts the span now, under its id in `dispatch`. Call it once.
    ///
    /// It drops no context, so it can run under the lock of a shell.
    pub(super) fn open(&mut self, id: &Id, dispatch: &OwnDispatch) -> OpenSpan {
        let parent = &self.parent;
        let parent_span = parent.span();
        let parent_ids = parent_span.span_context();
        let is_root = !parent_ids.is_valid();
        let Some(own) = self.own.take() else {
            return OpenSpan::non_recording(parent.clone(), is_root, self.end);
        };
        let Some(mut data) = self.data.take() else {
            return OpenSpan::non_recording(parent.with_remote_span_context(own), is_root, self.end);
        };
        let (dispatch, id, span_context) = (dispatch.clone(), id.clone(), own.clone());
        let context = parent.with_span(ActiveSpan { dispatch, id, span_context });
        data.span_context = own;
        data.parent = parent_ids.span_id();
        data.parent_is_remote = parent_ids.is_remote();
        data.trace_state = RawTraceState::of(parent, parent_ids).map(Arc::clone);
        data.start = SystemTime::now();
        data.end = data.start;
        OpenSpan::recording(context, data, is_root, self.end)
    }

    /// Starts the span now, and creates its `tracing` span with `make`, a call of `info_span!` without fields.
    ///
    /// The attributes are in the data already, so that they need not pass through `tracing`'s fields. `make` is the
    /// caller's, so that each kind of span has a callsite of its own.
    pub(crate) fn start_prepared(self, end: End, make: impl FnOnce() -> Span) -> Span {
        let _ = PREPARED.try_with(|prepared| prepared.set(Some(Self { end, ..self })));
        let span = make();
        if take_prepared().is_some() {
            // Nobody took it: a filter disables the callsite, or this crate's layer alone.
            warn_of_disabled_spans();
        }
        span
    }
}

thread_local! {
    /// The span that `start_prepared` hands to the subscriber or layer.
    ///
    /// `tracing` passes only fields from a span macro to its subscriber. The macro calls the subscriber on the same
    /// thread before it returns, so this cell holds a span only while the macro runs.
    static PREPARED: Cell<Option<PreparedSpan>> = const { Cell::new(None) };
}

/// Takes the span that `start_prepared` is creating on this thread, if there is one.
#[inline]
pub(super) fn take_prepared() -> Option<PreparedSpan> {
    // The thread-local of a thread that is ending is gone.
    PREPARED.try_with(Cell::take).ok().flatten()
}

/// [`take_prepared`], among layers that may create spans of their own in between: `metadata` is that of the new span.
#[inline]
pub(super) fn take_prepared_for(metadata: &Metadata<'_>) -> Option<PreparedSpan> {
    if metadata.target().starts_with("telemetry::") { take_prepared() } else { None }
}

/// Warns once: without its spans, this crate cannot propagate a context.
#[cold]
fn warn_of_disabled_spans() {
    static WARNED: Once = Once::new();
    WARNED.call_once(|| {
        log_lines::warn(
            "a filter of the subscriber disables the spans of telemetry, so traces are incomplete: \
             give each filter to its layer, with `with_filter`",
        );
    });
}

impl SpanStarter {
    /// Whether all spans below a non-recording one are non-recording.
    pub(super) fn children_stay_non_recording(&self) -> bool {
        !matches!(self.mode, Mode::Record(_)) || self.sampler.inherits_unsampled()
    }

    /// Whether a span below `parent` uses the parent's context: both are local and non-recording, so the parent's ids
    /// serve for both.
    fn inherits_context(&self, parent: &SpanContext) -> bool {
        let non_recording = match self.mode {
            Mode::PassThrough => return true,
            Mode::Propagate => true,
            Mode::Record(_) => !parent.is_sampled() && self.sampler.inherits_unsampled(),
        };
        non_recording && parent.is_valid() && !parent.is_remote()
    }

    /// Decides ids and sampling of a span below `parent`.
    pub(super) fn prepare(&self, parent: Context) -> PreparedSpan {
        self.prepare_with(parent, Facts::default)
    }

    /// [`prepare`](Self::prepare), for a span that sampling rules may know by what it begins with.
    pub(super) fn prepare_with<'a>(
        &self,
        parent: Context,
        facts: impl FnOnce() -> Facts<'a>,
    ) -> PreparedSpan {
        let end = End::OnLastExit;
        let parent_span = parent.span();
        let parent_ids = parent_span.span_context();
        if self.inherits_context(parent_ids) {
            return PreparedSpan { parent, own: None, data: None, end };
        }
        let remote_trace = parent.get::<TraceIdOnly>().copied();
        let (trace_id, flags, decided) = match remote_trace {
            _ if parent_ids.is_valid() => {
                let deferred = SamplingDeferred::is_by(&parent, parent_ids);
                let decided = (!deferred).then(|| parent_ids.is_sampled());
                (parent_ids.trace_id(), parent_ids.trace_flags(), decided)
            }
            Some(remote) => (remote.trace_id, TraceFlags::NOT_SAMPLED, remote.sampled),
            None => (ids::trace_id(), RANDOM, None),
        };
        let (sampled, state) = self.choose(decided, trace_id, parent_ids.trace_state(), facts);
        // An unsampled span gets an id of its own, too ("SDK Span creation" in the specification): logs, responses and
        // called services refer to it.
        let own = SpanContext::new(trace_id, ids::span_id(), flags.with_sampled(sampled), false, state);
        let data = match &self.mode {
            Mode::Record(_) if sampled => {
                Some(span_pool::take().unwrap_or_else(|| Box::new(SpanData::blank(self.limits))))
            }
            _ => None,
        };
        PreparedSpan { parent, own: Some(own), data, end }
    }

    /// Has the application take part, once name and attributes are known. Call it before [`PreparedSpan::open`], outside of
    /// locks.
    #[inline]
    pub(super) fn run_hooks(&self, span: &mut PreparedSpan) {
        if let (Some(hooks), Some(own)) = (&self.hooks, &mut span.own) {
            hooks.run(&span.parent, own, &mut span.data);
        }
    }

    /// Decides sampling, and the trace state of the span.
    #[inline]
    #[cfg_attr(not(feature = "xray"), expect(unused_variables, reason = "only rules ask for facts"))]
    fn choose<'a>(
        &self,
        decided: Option<bool>,
        trace_id: TraceId,
        state: &TraceState,
        facts: impl FnOnce() -> Facts<'a>,
    ) -> (bool, TraceState) {
        #[cfg(feature = "xray")]
        if let Some(rules) = self.sampler.rules(decided) {
            let ruling = rules.decide(&facts(), trace_id);
            return (ruling.sampled, sampling_rule::with_rule(state, ruling.rule.as_deref()));
        }
        (self.sampler.samples(decided, trace_id), state.clone())
    }
}
