//! Limits on what one request may take of the server, enforced before a handler sees it.

use std::io;
use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage};
use futures_util::stream::{LocalBoxStream, StreamExt, unfold};
use problem::Problem;
use tokio::time::{Instant, timeout_at};

use crate::capacity;
use crate::response::{self, StatusCode};

/// Longest path and query together. The longest search term, percent-encoded, takes about 4 KiB.
const MAX_TARGET_BYTES: usize = 8 * 1024;

/// Time that a client may take. A slower one only occupies a connection.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// To send the request line and headers.
    pub head_timeout: Duration,
    /// To send the body.
    pub body_timeout: Duration,
    /// Between two requests. [`crate::client`] keeps a connection for less, so that the client closes first.
    pub keep_alive: Duration,
    /// Connections that may be open before idle ones give way.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_timeout: Duration::from_secs(5),
            body_timeout: Duration::from_secs(10),
            keep_alive: Duration::from_secs(75),
            connections: capacity::connections(),
        }
    }
}

impl Limits {
    /// How long a connection may be open without a request. The server itself does not limit the head of a request that
    /// is not the first one of its connection.
    pub(crate) fn idle(self) -> Duration {
        self.keep_alive + self.head_timeout
    }

    /// Middleware that rejects a long target and bounds the time of the body.
    pub(crate) async fn enforce<B: MessageBody + 'static>(
        self,
        mut request: ServiceRequest,
        next: Next<B>,
    ) -> Result<ServiceResponse<EitherBody<B>>, Error> {
        if request.uri().path_and_query().is_some_and(|target| target.as_str().len() > MAX_TARGET_BYTES) {
            let problem =
                Problem::new(StatusCode::URI_TOO_LONG, "uri_too_long", "Path and query are too long")
                    .with_detail(format!("at most {MAX_TARGET_BYTES} bytes"));
            return Ok(request.into_response(response::respond(problem)).map_into_right_body());
        }
        let payload = match request.take_payload() {
            Payload::None => Payload::None,
            payload => Payload::Stream { payload: with_timeout(payload, self.body_timeout) },
        };
        request.set_payload(payload);
        next.call(request).await.map(ServiceResponse::map_into_left_body)
    }
}

/// The same body, which fails when it has not ended after `timeout`.
fn with_timeout(payload: Payload, timeout: Duration) -> LocalBoxStream<'static, Result<Bytes, PayloadError>> {
    let deadline = Instant::now() + timeout;
    let chunks = unfold(Some(payload), move |payload| async move {
        let mut payload = payload?;
        match timeout_at(deadline, payload.next()).await {
            Ok(Some(Ok(chunk))) => Some((Ok(chunk), Some(payload))),
            Ok(Some(Err(error))) => Some((Err(error), None)),
            Ok(None) => None,
            Err(_) => Some((Err(PayloadError::Io(io::ErrorKind::TimedOut.into())), None)),
        }
    });
    chunks.boxed_local()
}
