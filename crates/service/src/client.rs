//! HTTP client for other services: a timeout and a span per attempt, bounded retries of idempotent requests.

use std::time::Duration;

use async_trait::async_trait;
use http::{Extensions, Method};
use problem::call::without_query;
use reqwest::{Request, Response, StatusCode};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error, Middleware, Next};
use reqwest_retry::policies::{ExponentialBackoff, ExponentialBackoffTimed};
use reqwest_retry::{RetryTransientMiddleware, Retryable, RetryableStrategy, default_on_request_failure};

/// Header that makes a POST idempotent.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Retries of one request.
const MAX_RETRIES: u32 = 2;
/// Bounds of the wait before a retry, which grows and has jitter.
const RETRY_WAIT: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(50));
/// Idle connections of one worker to one service, and how long each is kept.
const MAX_IDLE_CONNECTIONS: usize = 64;
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Builds a client whose every attempt ends within `timeout`.
///
/// An attempt that timed out is not retried: more requests do not help a slow service. No attempt starts later than half
/// a timeout after the first, so a call takes at most one and a half timeouts.
///
/// # Errors
/// When the TLS configuration of this machine cannot be read.
pub fn build(timeout: Duration) -> reqwest::Result<ClientWithMiddleware> {
    let client = reqwest::Client::builder()
        // The variables of a machine's proxy are for the outside. Calls between services, and their trace context, stay
        // inside.
        .no_proxy()
        .timeout(timeout)
        .connect_timeout(timeout)
        .pool_max_idle_per_host(MAX_IDLE_CONNECTIONS)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    // The retry middleware is the outer one, so that each attempt has a span of its own.
    let client = ClientBuilder::new(client).with(RetryIdempotent::new(timeout)).with(ErrorsWithoutQuery);
    Ok(telemetry::client::instrument(client).build())
}

/// Retries idempotent requests after transient failures.
struct RetryIdempotent(RetryTransientMiddleware<ExponentialBackoffTimed, TransientFailure>);

impl RetryIdempotent {
    fn new(timeout: Duration) -> Self {
        let policy = ExponentialBackoff::builder()
            .retry_bounds(RETRY_WAIT.0, RETRY_WAIT.1)
            .build_with_total_retry_duration_and_max_retries(timeout / 2, MAX_RETRIES);
        Self(RetryTransientMiddleware::new_with_policy_and_strategy(policy, TransientFailure))
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
        if is_idempotent(&request) {
            self.0.handle(request, extensions, next).await
        } else {
            next.run(request, extensions).await
        }
    }
}

/// The idempotent methods of RFC 9110, section 9.2.2, and any request with an idempotency key.
fn is_idempotent(request: &Request) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE)
        || request.headers().contains_key(IDEMPOTENCY_KEY)
}

/// Removes the query from the URL of an error, which is logged. It is within the retries, which hide the error in another.
struct ErrorsWithoutQuery;

#[async_trait]
impl Middleware for ErrorsWithoutQuery {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response, Error> {
        next.run(request, extensions).await.map_err(|error| match error {
            Error::Reqwest(error) => Error::Reqwest(without_query(error)),
            error @ Error::Middleware(_) => error,
        })
    }
}

/// No connection, one that broke before the response, or a 502, 503 or 504.
struct TransientFailure;

impl RetryableStrategy for TransientFailure {
    fn handle(&self, outcome: &Result<Response, Error>) -> Option<Retryable> {
        match outcome {
            Ok(response) => matches!(
                response.status(),
                StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
            )
            .then_some(Retryable::Transient),
            Err(error) if error.is_timeout() => Some(Retryable::Fatal),
            Err(error) => default_on_request_failure(error),
        }
    }
}
