//! What is kept of a span while it is open.

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::trace::Status;

use crate::otlp::SpanData;

/// An open span.
#[derive(Debug)]
pub(crate) struct OpenSpan {
    /// The context in which this span is the active one.
    pub(crate) context: Context,
    /// `None` for a span that is not sampled.
    pub(crate) data: Option<Box<SpanData>>,
    /// Whether the end is known already and later exits do not move it.
    pub(crate) ended: bool,
    /// Whether it is ended by hand, so that exits need not look at the clock.
    pub(crate) explicit_end: bool,
}

impl OpenSpan {
    /// A span that is not sampled: nothing of it but its context.
    pub(super) fn non_recording(context: Context) -> Self {
        Self { context, data: None, ended: true, explicit_end: false }
    }

    /// Says that nobody waited for the answer.
    pub(crate) fn cancel(&mut self) {
        self.fail("cancelled", "the request was dropped before it had an answer");
    }

    /// Marks it as failed: `error.type`, and the status with its description.
    pub(crate) fn fail(&mut self, kind: &str, description: impl Into<Cow<'static, str>>) {
        if let Some(data) = &mut self.data {
            data.attributes.set("error.type", kind);
            data.set_status(Status::error(description));
        }
    }

    /// Whether it must be told when it is left: what is ended by hand, or not recorded, spares itself the look at the clock.
    pub(super) fn ends_on_exit(&self) -> bool {
        !self.explicit_end && !self.ended && self.data.is_some()
    }

    /// Moves the end of the span to now, unless that is done by hand.
    pub(super) fn update_end(&mut self) {
        if !self.explicit_end {
            self.end_now();
        }
    }

    fn end_now(&mut self) {
        if !self.ended
            && let Some(data) = &mut self.data
        {
            // A clock that was set back must not make a span that ends before it begins.
            data.end = SystemTime::now().max(data.start);
        }
    }

    /// Fixes the end of the span, whatever still holds on to it.
    pub(crate) fn end(&mut self) {
        self.end_now();
        self.ended = true;
    }
}
