//! [`instrument`], [`instrument_with`], and [`Companion`], what reqwest-tracing's middleware leaves out: headers, cancellation, metrics, and the
//! end of the body.

use ::http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, Middleware, Next, Result};
use reqwest_tracing::{DisableOtelPropagation, ReqwestOtelSpanBackend, TracingMiddleware};
use tracing::Span;

use super::call_span::CallSpan;
use super::{body, headers, span};
use crate::semconv::Method;
use crate::signals::http::ClientMeasurement;
use crate::span::{OpenSpan, is_recording, with_open_span};

/// Adds tracing to a client: [`TracingMiddleware`] of reqwest-tracing with [`CallSpan`], then [`Companion`].
///
/// Call it last: middlewares that were added before it, such as retries, run outside of the span. Then each attempt has a
/// span and a `traceparent` of its own.
///
/// ```
/// let client = telemetry::client::instrument(reqwest_middleware::ClientBuilder::new(reqwest::Client::new())).build();
/// # let _ = client;
/// ```
#[must_use]
pub fn instrument(builder: ClientBuilder) -> ClientBuilder {
    instrument_with::<CallSpan>(builder)
}

/// [`instrument`], with a span backend of your own. It calls [`CallSpan`], and adds what the application knows of a request or
/// response:
///
/// ```
/// use http::Extensions;
/// use reqwest::{Request, Response};
/// use reqwest_middleware::{ClientBuilder, Result};
/// use reqwest_tracing::ReqwestOtelSpanBackend;
/// use telemetry::OpenTelemetrySpanExt;
/// use telemetry::client::CallSpan;
/// use tracing::Span;
///
/// /// An extension of requests: the service that is called.
/// #[derive(Clone)]
/// struct Peer(&'static str);
///
/// struct PeerSpan;
///
/// impl ReqwestOtelSpanBackend for PeerSpan {
///     fn on_request_start(request: &Request, extensions: &mut Extensions) -> Span {
///         let span = CallSpan::on_request_start(request, extensions);
///         if let Some(Peer(name)) = extensions.get() {
///             span.set_attribute("service.peer.name", *name);
///         }
///         span
///     }
///
///     fn on_request_end(span: &Span, outcome: &Result<Response>, extensions: &mut Extensions) {
///         CallSpan::on_request_end(span, outcome, extensions);
///     }
/// }
///
/// let builder = ClientBuilder::new(reqwest::Client::new());
/// let client = telemetry::client::instrument_with::<PeerSpan>(builder).build();
/// let call = client.get("http://users:8082/users/worf").with_extension(Peer("users"));
/// # drop(call);
/// ```
///
/// A backend that does not call [`CallSpan`], as `DefaultSpanBackend`, makes a span with its own name and attributes, which
/// ends with the response's head.
#[must_use]
pub fn instrument_with<B: ReqwestOtelSpanBackend + Send + Sync + 'static>(
    builder: ClientBuilder,
) -> ClientBuilder {
    builder.with(TracingMiddleware::<B>::new()).with(Companion)
}

/// The middleware that completes [`TracingMiddleware`] with [`CallSpan`], directly after it ([`instrument`] adds both):
///
/// - It writes the headers that propagate the span, in the formats of `OTEL_PROPAGATORS`, unless the request has the
///   extension [`DisableOtelPropagation`].
/// - The span lasts until the end of the response's body, and records broken bodies and cancelled calls.
/// - It measures the duration of the call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Companion;

#[async_trait::async_trait]
impl Middleware for Companion {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let span = span::current();
        let is_recording = if extensions.get::<DisableOtelPropagation>().is_none() {
            headers::inject(&span, &mut request)
        } else {
            is_recording(&span)
        };
        let measurement = measure(&request);
        let mut call = CallGuard { span, measurement, extensions, running: true };
        let outcome = next.run(request, call.extensions).await;
        call.running = false;
        let mut measurement = call.measurement.take();
        match outcome {
            Ok(response) => {
                if let Some(measurement) = &mut measurement {
                    measurement.record_response(response.status().as_u16(), response.version().into());
                }
                // The body is observed only for a recording span or a measurement.
                if measurement.is_none() && !is_recording {
                    return Ok(response);
                }
                Ok(body::observe(response, call.take_span(), measurement))
            }
            Err(error) => {
                if let Some(measurement) = &mut measurement {
                    measurement.record_failure(span::error_type(&error));
                }
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
    /// Whether there is neither a response nor an error.
    running: bool,
}

impl CallGuard<'_> {
    fn take_span(&mut self) -> Span {
        std::mem::replace(&mut self.span, Span::none())
    }
}

impl Drop for CallGuard<'_> {
    fn drop(&mut self) {
        if self.running {
            span::mark_failed_attempt(self.extensions);
            with_open_span(&self.span, OpenSpan::cancel);
        }
    }
}
