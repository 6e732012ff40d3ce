//! The headers that carry a trace to whoever is called.

use ::http::header::{HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::Injector;
use reqwest::Request;
use tracing::Span;

use crate::{bridge, propagation};

/// Writes the context of `span` into the request; where that is nobody's, the current one.
pub(super) fn inject(span: &Span, request: &mut Request) {
    let context = bridge::context_of(span);
    // Who is called matters to baggage alone.
    let host = (!context.baggage().is_empty()).then(|| request.url().host_str().map(str::to_owned));
    propagation::current().outgoing(
        &context,
        host.flatten().as_deref(),
        &mut RequestHeaders(request.headers_mut()),
    );
}

/// The headers of a request that goes out, as propagators write them.
struct RequestHeaders<'a>(&'a mut HeaderMap);

impl Injector for RequestHeaders<'_> {
    /// Drops a value that no header can hold; never panics on one.
    fn set(&mut self, key: &str, value: String) {
        // Making a name of text is dearer than all the rest.
        let name = match key {
            "traceparent" => Ok(HeaderName::from_static("traceparent")),
            "tracestate" => Ok(HeaderName::from_static("tracestate")),
            _ => HeaderName::from_bytes(key.as_bytes()),
        };
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_maybe_shared(Bytes::from(value))) {
            self.0.insert(name, value);
        }
    }
}
