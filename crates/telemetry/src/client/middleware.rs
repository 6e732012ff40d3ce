//! A request on its way out, inside of its span.

use std::future::poll_fn;

use ::http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, Middleware, Next, Result};
use tracing::Span;

use super::{body, headers, span};
use crate::semconv::Method;
use crate::signals::http::ClientMeasurement;
use crate::span::{OpenSpan, with_open_span};

/// Adds tracing to a client, as the last of its middlewares: what comes before it (a retry, say) runs outside, so that
/// each attempt is a span of its own with its own `traceparent`.
///
/// ```
/// let client = telemetry::client::instrument(reqwest_middleware::ClientBuilder::new(reqwest::Client::new())).build();
/// # let _ = client;
/// ```
#[must_use]
pub fn instrument(builder: ClientBuilder) -> ClientBuilder {
    builder.with(Tracing)
}

/// The innermost middleware of a traced client.
struct Tracing;

#[async_trait::async_trait]
impl Middleware for Tracing {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let span = span::start(&request, extensions);
        headers::inject(&span, &mut request);
        let mut call = CallGuard { calling: measure(&request), span, extensions, succeeded: None };
        let mut running = next.run(request, call.extensions);
        let outcome = poll_fn(|context| call.span.in_scope(|| running.as_mut().poll(context))).await;
        drop(running);
        call.succeeded = Some(span::succeeded(&outcome));
        let mut calling = call.calling.take();
        match outcome {
            Ok(response) => {
                if let Some(calling) = &mut calling {
                    calling.answered(response.status().as_u16(), response.version().into());
                }
                let recorded = span::record_response(&call.span, &response);
                // Else nobody wants to know what becomes of the body.
                if !recorded && calling.is_none() {
                    return Ok(response);
                }
                Ok(body::observe(response, call.span.clone(), calling))
            }
            Err(error) => {
                if let Some(calling) = &mut calling {
                    calling.failed(span::error_type(&error));
                }
                span::record_failure(&call.span, &error);
                Err(error)
            }
        }
    }
}

/// Begins to measure a request, if anybody does.
fn measure(request: &Request) -> Option<ClientMeasurement> {
    ClientMeasurement::begin(|| {
        let method = Method::parse(request.method().as_str());
        let url = request.url();
        (method, url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
    })
}

/// Says so on the span when the future of a request is dropped before there is an answer.
struct CallGuard<'e> {
    span: Span,
    /// Measured as cancelled, unless it is told otherwise.
    calling: Option<ClientMeasurement>,
    extensions: &'e mut Extensions,
    /// `None` until there is an answer, or an error.
    succeeded: Option<bool>,
}

impl Drop for CallGuard<'_> {
    fn drop(&mut self) {
        if self.succeeded != Some(true) {
            span::mark_failed_attempt(self.extensions);
        }
        if self.succeeded.is_none() {
            with_open_span(&self.span, OpenSpan::cancel);
        }
    }
}
