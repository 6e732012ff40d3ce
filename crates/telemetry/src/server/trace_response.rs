//! Which responses carry the `traceresponse` header.

use crate::span::OpenSpan;

/// Which responses carry `traceresponse`, the ids of the request's span (W3C Trace Context Level 2).
///
/// The header costs both sides of a call some 1,500 instructions together.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum TraceResponse {
    /// Every response. The ids of an unsampled trace lead only to the request's log records. The header's sampled flag
    /// is then not set.
    Always,
    /// Responses whose trace is recorded, so that the client can find it.
    #[default]
    Recorded,
    /// Responses to requests that start a new trace, recorded or not. It suits a service whose callers know the trace
    /// already.
    NewTraces,
}

impl TraceResponse {
    /// Whether the response to the request of this span carries the header.
    pub(super) fn applies_to(self, span: &OpenSpan) -> bool {
        match self {
            Self::Always => true,
            Self::Recorded => span.data.is_some(),
            Self::NewTraces => span.is_root,
        }
    }
}
