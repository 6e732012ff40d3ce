//! The state of a span between its start and its end.

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::trace::Status;

use crate::otlp::SpanData;
#[cfg(feature = "rollbar")]
use crate::rollbar::Occurrence;

/// An open span.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug)]
pub(crate) struct OpenSpan {
    /// The context in which this span is the active one.
    pub(crate) context: Context,
    /// `None` for a non-recording span.
    pub(crate) data: Option<Box<SpanData>>,
    /// Whether the span is the root of its trace.
    pub(crate) is_root: bool,
    /// Whether headers of a request carry the span to another service.
    pub(crate) is_propagated: bool,
    /// Whether the end is fixed: later exits do not move it.
    pub(crate) ended: bool,
    pub(crate) ends: End,
    /// Whether the span was exported when it ended, while handles keep it open. Its children are recorded.
    pub(super) is_exported: bool,
    /// What the middlewares have done for the request of a server span. Several may share it.
    pub(crate) request: RequestProgress,
    /// Errors of this request that are reported to Rollbar when the span closes: its route and status are known then.
    #[cfg(feature = "rollbar")]
    pub(super) reports: Vec<Occurrence>,
}

/// What is left of a span when it is exported.
#[derive(Debug)]
pub(super) struct ClosedSpan {
    pub(super) data: Box<SpanData>,
    #[cfg(feature = "rollbar")]
    pub(super) reports: Vec<Occurrence>,
}

/// What was done for a request, once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RequestProgress {
    /// A companion measures the request and watches its body.
    pub(crate) is_observed: bool,
    /// The error of its response was reported.
    pub(crate) is_reported: bool,
    /// The attributes of its response were set.
    pub(crate) is_answered: bool,
}

/// How a span ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// By a call of [`OpenSpan::end`]: exits need not read the clock.
    Explicit,
    /// With its last exit.
    OnLastExit,
}

impl OpenSpan {
    /// A recording span.
    pub(super) fn recording(context: Context, data: Box<SpanData>, is_root: bool, ends: End) -> Self {
        Self { data: Some(data), ended: false, ..Self::non_recording(context, is_root, ends) }
    }

    /// A span that has a context and no data.
    pub(super) fn non_recording(context: Context, is_root: bool, ends: End) -> Self {
        Self {
            context,
            data: None,
            is_root,
            is_propagated: false,
            ended: true,
            ends,
            is_exported: false,
            request: RequestProgress::default(),
            #[cfg(feature = "rollbar")]
            reports: Vec::new(),
        }
    }

    /// Marks the span as cancelled: its request was dropped before there was a response.
    pub(crate) fn cancel(&mut self) {
        self.fail("cancelled", "the request was dropped before it had a response");
    }

    /// Marks the span as failed: sets `error.type`, and the status with `description`.
    pub(crate) fn fail(&mut self, kind: &str, description: impl Into<Cow<'static, str>>) {
        if let Some(data) = &mut self.data {
            data.attributes.set("error.type", kind);
            data.set_status(Status::error(description));
        }
    }

    /// Whether each exit moves the end. Other spans need no look-up and no clock on exit.
    pub(super) fn ends_on_exit(&self) -> bool {
        // A non-recording span counts as ended from its start.
        self.ends == End::OnLastExit && !self.ended
    }

    /// Moves the end to now, unless the span ends explicitly.
    pub(super) fn update_end(&mut self) {
        if self.ends == End::OnLastExit {
            self.end_now();
        }
    }

    fn end_now(&mut self) {
        if !self.ended {
            self.set_end(SystemTime::now());
        }
    }

    fn set_end(&mut self, end: SystemTime) {
        if let Some(data) = &mut self.data {
            // When the clock is set back, a span must not end before its start.
            data.end = end.max(data.start);
        }
    }

    /// [`Self::end`] at a time that the application gives.
    pub(super) fn end_at(&mut self, end: SystemTime) {
        if !self.ended {
            self.set_end(end);
            self.ended = true;
        }
    }

    /// Ends the span now. Handles that remain, and later exits, do not move the end.
    pub(crate) fn end(&mut self) {
        self.end_now();
        self.ended = true;
    }

    /// What is exported of a span that has ended, once. Later values have no effect.
    pub(super) fn take_ended(&mut self) -> Option<ClosedSpan> {
        let closed = if self.ended { self.take_data() } else { None };
        self.is_exported |= closed.is_some();
        closed
    }

    /// What is exported of a span that has closed, unless it was exported when it ended.
    #[inline]
    pub(super) fn take_data(&mut self) -> Option<ClosedSpan> {
        Some(ClosedSpan {
            data: self.data.take()?,
            #[cfg(feature = "rollbar")]
            reports: std::mem::take(&mut self.reports),
        })
    }
}
