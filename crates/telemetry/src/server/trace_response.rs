//! Which responses carry the `traceresponse` header.

use crate::span::OpenSpan;

/// Which responses carry `traceresponse`, the ids of the request's span (a draft of W3C Trace Context Level 3).
///
/// By it, a client finds the trace of its request: a person with `curl`, or a support case. It tells whoever sends a
/// request the ids of this system. The header costs both sides of a call some 1,500 instructions together.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum TraceResponse {
    /// No response.
    #[default]
    Never,
    /// Every response. The ids of an unsampled trace lead only to the request's log records. The header's sampled flag
    /// is then not set.
    Always,
    /// Responses whose trace is recorded, so that the client can find it.
    Recorded,
    /// Responses to requests that start a new trace, recorded or not. It suits a service whose callers know the trace
    /// already.
    NewTraces,
}

impl TraceResponse {
    /// Whether the response to the request of this span carries the header.
    pub(super) fn applies_to(self, span: &OpenSpan) -> bool {
        match self {
            Self::Never => false,
            Self::Always => true,
            Self::Recorded => span.data.is_some(),
            Self::NewTraces => span.is_root,
        }
    }
}
