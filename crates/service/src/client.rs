//! Calling another service: a timeout on every attempt, bounded retries of what may be sent twice, a span an attempt.

use std::time::Duration;

use async_trait::async_trait;
use http::{Extensions, Method};
use reqwest::{Request, Response, StatusCode};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error, Middleware, Next};
use reqwest_retry::policies::{ExponentialBackoff, ExponentialBackoffTimed};
use reqwest_retry::{RetryTransientMiddleware, Retryable, RetryableStrategy, default_on_request_failure};

/// The header that makes a POST safe to send twice.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// How many times a request is sent again, at most.
const MAX_RETRIES: u32 = 2;
/// The wait before the first and the last retry lies between these, with jitter.
const RETRY_WAIT: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(50));
/// Connections of one worker to one service that idle, and for how long.
const MAX_IDLE_CONNECTIONS: usize = 64;
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Makes a client whose every attempt ends within `timeout`.
///
/// An attempt that timed out is not made again: a slow service is not helped by more of the same. No attempt begins when
/// half of the timeout has passed since the first. So a call takes at most one and a half timeouts.
///
/// # Errors
/// When the TLS set-up of this machine cannot be read.
pub fn build(timeout: Duration) -> reqwest::Result<ClientWithMiddleware> {
    let client = reqwest::Client::builder()
        .timeout(timeout)
        .connect_timeout(timeout)
        .pool_max_idle_per_host(MAX_IDLE_CONNECTIONS)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    // The retry comes first, so that each attempt is a span of its own.
    Ok(telemetry::client::instrument(ClientBuilder::new(client).with(RetryIdempotent::new(timeout))).build())
}

/// Sends again what may be sent twice and failed for a passing reason.
struct RetryIdempotent(RetryTransientMiddleware<ExponentialBackoffTimed, PassingFailure>);

impl RetryIdempotent {
    fn new(timeout: Duration) -> Self {
        let policy = ExponentialBackoff::builder()
            .retry_bounds(RETRY_WAIT.0, RETRY_WAIT.1)
            .build_with_total_retry_duration_and_max_retries(timeout / 2, MAX_RETRIES);
        Self(RetryTransientMiddleware::new_with_policy_and_strategy(policy, PassingFailure))
    }
}

#[async_trait]
impl Middleware for RetryIdempotent {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response, Error> {
        if may_be_sent_twice(&request) {
            self.0.handle(request, extensions, next).await
        } else {
            next.run(request, extensions).await
        }
    }
}

/// RFC 9110, section 9.2.2, and POSTs that carry an idempotency key.
fn may_be_sent_twice(request: &Request) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE)
        || request.headers().contains_key(IDEMPOTENCY_KEY)
}

/// No connection, one that broke before the answer, or an answer that says "not now".
struct PassingFailure;

impl RetryableStrategy for PassingFailure {
    fn handle(&self, outcome: &Result<Response, Error>) -> Option<Retryable> {
        match outcome {
            Ok(answer) => matches!(
                answer.status(),
                StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
            )
            .then_some(Retryable::Transient),
            Err(error) if error.is_timeout() => Some(Retryable::Fatal),
            Err(error) => default_on_request_failure(error),
        }
    }
}
