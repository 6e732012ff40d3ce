//! Writes propagation headers into reqwest's header map.

use ::http::header::{HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;
use opentelemetry::baggage::BaggageExt;
use reqwest::Request;
use tracing::Span;

use crate::propagation::HeaderWriter;
use crate::{propagation, span};

/// Writes the context of `span` into the request. For a disabled span it writes the current context. Returns whether the
/// span is recording.
pub(super) fn inject(span: &Span, request: &mut Request) -> bool {
    let (context, is_recording) = span::propagate(span);
    // Only baggage depends on the host.
    let host = (!context.baggage().is_empty()).then(|| request.url().host_str().map(str::to_owned));
    propagation::policy().outgoing(
        &context,
        host.flatten().as_deref(),
        &mut RequestHeaders(request.headers_mut()),
    );
    is_recording
}

static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The headers of a request, as propagators write them.
struct RequestHeaders<'a>(&'a mut HeaderMap);

impl HeaderWriter for RequestHeaders<'_> {
    /// Sets a header. A value that is invalid in a header is dropped.
    fn set(&mut self, name: &'static str, value: Bytes) {
        let Ok(value) = HeaderValue::from_maybe_shared(value) else { return };
        // Parsing a header name costs more than the rest of this function.
        let name = if name == "traceparent" { TRACEPARENT.clone() } else { HeaderName::from_static(name) };
        self.0.insert(name, value);
    }
}
