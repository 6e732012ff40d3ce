//! The client span for clients that use reqwest-tracing's middleware.

use ::http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next, Result};
use reqwest_tracing::ReqwestOtelSpanBackend;
use tracing::Span;

use super::{headers, span};

/// The client span for [`reqwest_tracing::TracingMiddleware`], with the same name, attributes, parent and status.
/// [`Headers`] adds the headers that propagate it:
///
/// ```
/// use reqwest_middleware::ClientBuilder;
/// use reqwest_tracing::TracingMiddleware;
/// use telemetry::client::{CallSpan, Headers};
///
/// let builder = ClientBuilder::new(reqwest::Client::new());
/// let client = builder.with(TracingMiddleware::<CallSpan>::new()).with(Headers).build();
/// # let _ = client;
/// ```
///
/// [`instrument`](super::instrument) does what a span backend cannot: its span lasts until the end of the response's
/// body, records broken bodies and cancelled calls, and measures durations. It also costs less.
#[derive(Clone, Copy, Debug, Default)]
pub struct CallSpan;

impl ReqwestOtelSpanBackend for CallSpan {
    fn on_request_start(request: &Request, extensions: &mut Extensions) -> Span {
        span::start(request, extensions)
    }

    fn on_request_end(span: &Span, outcome: &Result<Response>, extensions: &mut Extensions) {
        match outcome {
            Ok(response) => {
                span::record_response(span, response);
            }
            Err(error) => span::record_failure(span, error),
        }
        if !span::succeeded(outcome) {
            span::mark_failed_attempt(extensions);
        }
    }
}

/// A middleware that adds the headers of the current span, in the formats of `OTEL_PROPAGATORS`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Headers;

#[async_trait::async_trait]
impl Middleware for Headers {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        headers::inject(&Span::current(), &mut request);
        next.run(request, extensions).await
    }
}
