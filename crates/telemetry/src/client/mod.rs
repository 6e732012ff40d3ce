//! The client span of every request that goes out, and the headers that carry it.
//!
//! - `middleware`: a request on its way
//! - `span`: what the span says; `alike`: what many of them say alike; `headers`: what carries it; `body`: the answer's body, until its end
//! - `call_span`: the same span for reqwest-tracing's middleware

mod body;
mod cached_attributes;
mod call_span;
mod headers;
mod middleware;
mod span;

use reqwest::redirect::Policy;
use reqwest_middleware::ClientBuilder;

use crate::propagation;
pub use call_span::{CallSpan, Headers};
use middleware::Tracing;

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

/// reqwest's own redirect policy, but for a redirect from a host of ours to a stranger, whose answer is given back as it is:
/// reqwest would send the baggage on with the request, to a host that it was not written for.
///
/// ```
/// let client = reqwest::Client::builder().redirect(telemetry::client::redirects()).build()?;
/// # Ok::<(), reqwest::Error>(())
/// ```
///
/// A followed redirect is part of the one span. `Policy::none()` is as safe, and shows each hop.
pub fn redirects() -> Policy {
    Policy::custom(|attempt| {
        let hosts = propagation::policy();
        let is_own_host = |url: &reqwest::Url| url.host_str().is_some_and(|host| hosts.is_own_host(host));
        if attempt.previous().first().is_some_and(is_own_host) && !is_own_host(attempt.url()) {
            return attempt.stop();
        }
        Policy::default().redirect(attempt)
    })
}
