//! The client span, as reqwest-tracing's middleware asks for it.

use ::http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::Result;
use reqwest_tracing::{DisableOtelPropagation, ReqwestOtelSpanBackend};
use tracing::Span;

use super::span;

/// The client span of [`instrument`](super::instrument): a span backend of [`reqwest_tracing::TracingMiddleware`].
///
/// A backend cannot change the request, so [`Companion`](super::Companion) must follow the middleware. It writes the
/// headers that propagate the span. Without it, the first response causes a warning.
///
/// ```
/// use reqwest_middleware::ClientBuilder;
/// use reqwest_tracing::TracingMiddleware;
/// use telemetry::client::{CallSpan, Companion};
///
/// let builder = ClientBuilder::new(reqwest::Client::new());
/// let client = builder.with(TracingMiddleware::<CallSpan>::new()).with(Companion).build();
/// # let _ = client;
/// ```
///
/// The extensions `OtelName` and `OtelPathNames` of reqwest-tracing set the name of the span. A path that is not among
/// the known ones leaves the method as the name.
#[derive(Clone, Copy, Debug, Default)]
pub struct CallSpan;

impl ReqwestOtelSpanBackend for CallSpan {
    fn on_request_start(request: &Request, extensions: &mut Extensions) -> Span {
        span::start(request, extensions)
    }

    fn on_request_end(span: &Span, outcome: &Result<Response>, extensions: &mut Extensions) {
        let is_propagated = span::record_outcome(span, outcome);
        if !is_propagated && was_sent(outcome) && extensions.get::<DisableOtelPropagation>().is_none() {
            span::warn_of_missing_headers();
        }
        if !span::succeeded(outcome) {
            span::mark_failed_attempt(extensions);
        }
    }
}

/// Whether the response came from a server. A middleware can supply one of its own.
fn was_sent(outcome: &Result<Response>) -> bool {
    outcome.as_ref().is_ok_and(|response| response.remote_addr().is_some())
}
