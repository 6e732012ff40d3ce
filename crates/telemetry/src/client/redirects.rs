//! A redirect policy that keeps baggage with the hosts it was written for.

use reqwest::redirect::Policy;

use crate::propagation;

/// reqwest's redirect policy, except that a redirect from an own host to another host is not followed.
///
/// reqwest would send the baggage to the other host, for which it was not written. The redirect response is returned
/// instead.
///
/// ```
/// let client = reqwest::Client::builder().redirect(telemetry::client::redirects()).build()?;
/// # Ok::<(), reqwest::Error>(())
/// ```
///
/// A followed redirect is part of the same span. `Policy::none()` is as safe, and shows each hop.
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
