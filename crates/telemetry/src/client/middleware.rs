//! The middleware for reqwest: runs a request inside of its client span, and records the response.

use std::future::poll_fn;

use ::http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, Middleware, Next, Result};
use tracing::Span;

use super::{body, headers, span};
use crate::semconv::Method;
use crate::signals::http::ClientMeasurement;
use crate::span::{OpenSpan, with_open_span};

/// Adds tracing to a client. Call it last: middlewares that were added before it, such as retries, run outside of the
/// span. Then each attempt has a span and a `traceparent` of its own.
///
/// ```
/// let client = telemetry::client::instrument(reqwest_middleware::ClientBuilder::new(reqwest::Client::new())).build();
/// # let _ = client;
/// ```
#[must_use]
pub fn instrument(builder: ClientBuilder) -> ClientBuilder {
    builder.with(ClientTracing)
}

/// The innermost middleware of a traced client.
struct ClientTracing;

#[async_trait::async_trait]
impl Middleware for ClientTracing {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let span = span::start(&request, extensions);
        headers::inject(&span, &mut request);
        let mut call = CallGuard { measurement: measure(&request), span, extensions, succeeded: None };
        let mut running = next.run(request, call.extensions);
        let outcome = poll_fn(|context| call.span.in_scope(|| running.as_mut().poll(context))).await;
        drop(running);
        call.succeeded = Some(span::succeeded(&outcome));
        let mut measurement = call.measurement.take();
        match outcome {
            Ok(response) => {
                if let Some(measurement) = &mut measurement {
                    measurement.record_response(response.status().as_u16(), response.version().into());
                }
                let recording = span::record_response(&call.span, &response);
                // The body is observed only for a recording span or a measurement.
                if !recording && measurement.is_none() {
                    return Ok(response);
                }
                Ok(body::observe(response, call.span.clone(), measurement))
            }
            Err(error) => {
                if let Some(measurement) = &mut measurement {
                    measurement.record_failure(span::error_type(&error));
                }
                span::record_failure(&call.span, &error);
                Err(error)
            }
        }
    }
}

/// Starts measuring a request, if metrics are exported.
fn measure(request: &Request) -> Option<ClientMeasurement> {
    ClientMeasurement::begin(|| {
        let method = Method::parse(request.method().as_str());
        let url = request.url();
        (method, url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
    })
}

/// Marks the span as cancelled when the future is dropped before there is a response.
struct CallGuard<'e> {
    span: Span,
    /// Recorded as cancelled, unless it is taken before the drop.
    measurement: Option<ClientMeasurement>,
    extensions: &'e mut Extensions,
    /// `None` until there is a response or an error.
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
