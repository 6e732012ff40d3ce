//! The headers that carry a trace to whoever is called.

use ::http::header::{HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;
use opentelemetry::baggage::BaggageExt;
use reqwest::Request;
use tracing::Span;

use crate::propagation::HeaderWriter;
use crate::{propagation, span};

/// Writes the context of `span` into the request; where that is nobody's, the current one.
pub(super) fn inject(span: &Span, request: &mut Request) {
    let context = span::context_of(span);
    // Who is called matters to baggage alone.
    let host = (!context.baggage().is_empty()).then(|| request.url().host_str().map(str::to_owned));
    propagation::policy().outgoing(
        &context,
        host.flatten().as_deref(),
        &mut RequestHeaders(request.headers_mut()),
    );
}

static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The headers of a request that goes out, as propagators write them.
struct RequestHeaders<'a>(&'a mut HeaderMap);

impl HeaderWriter for RequestHeaders<'_> {
    /// Drops a value that no header can hold; never panics on one.
    fn set(&mut self, name: &'static str, value: Bytes) {
        let Ok(value) = HeaderValue::from_maybe_shared(value) else { return };
        // Making a name of text is dearer than all the rest.
        let name = if name == "traceparent" { TRACEPARENT.clone() } else { HeaderName::from_static(name) };
        self.0.insert(name, value);
    }
}
