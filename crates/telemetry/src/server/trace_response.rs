//! Which responses carry the `traceresponse` header.

use crate::span::PreparedSpan;

/// Which answers carry `traceresponse`, the ids of the request's span (W3C Trace Context Level 2).
///
/// A header costs both sides of a call some 1,500 instructions together.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum TraceResponse {
    /// Every answer. The ids of a trace that was not recorded lead to the request's log records alone; the header's last bit
    /// says so.
    Always,
    /// Answers whose trace is recorded: whoever asks learns where to find it.
    #[default]
    Recorded,
    /// Answers to whoever brought no trace that goes on here, recorded or not. For a service behind others, whose callers know
    /// the trace already.
    NewTraces,
}

impl TraceResponse {
    /// Whether the answer to the request of this span carries it.
    pub(super) fn applies_to(self, prepared: &PreparedSpan) -> bool {
        match self {
            Self::Always => true,
            Self::Recorded => prepared.is_recording(),
            Self::NewTraces => prepared.is_root(),
        }
    }
}
