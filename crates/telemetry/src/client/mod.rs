//! The client span of every request that goes out, and the headers that carry it.

mod body;
mod inject;
mod span;

use reqwest_middleware::ClientBuilder;
use reqwest_tracing::TracingMiddleware;

use inject::Inject;
use span::ClientSpan;

/// Adds tracing to a client, as the last of its middlewares: what comes before it (a retry, say) runs outside, so that
/// each attempt is a span of its own with its own `traceparent`.
///
/// ```
/// let client = telemetry::client::instrument(reqwest_middleware::ClientBuilder::new(reqwest::Client::new())).build();
/// # let _ = client;
/// ```
#[must_use]
pub fn instrument(builder: ClientBuilder) -> ClientBuilder {
    builder.with(TracingMiddleware::<ClientSpan>::new()).with(Inject)
}
