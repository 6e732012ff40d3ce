//! What a request may be like before anybody looks at it: a target that is not too long, a body that arrives in time.

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

use crate::answer::{self, StatusCode};

/// The longest path and query together: the longest search term, escaped, is some 4 KiB.
const MAX_TARGET_BYTES: usize = 8 * 1024;
/// How long a body may take to arrive: whoever is slower only holds a connection.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A middleware that keeps these bounds.
pub(crate) async fn keep<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    if request.uri().path_and_query().is_some_and(|target| target.as_str().len() > MAX_TARGET_BYTES) {
        let problem = Problem::new(StatusCode::URI_TOO_LONG, "uri_too_long", "Path and query are too long")
            .with_detail(format!("at most {MAX_TARGET_BYTES} bytes"));
        return Ok(request.into_response(answer::respond(problem)).map_into_right_body());
    }
    let payload = match request.take_payload() {
        Payload::None => Payload::None,
        payload => Payload::Stream { payload: within(payload, BODY_TIMEOUT) },
    };
    request.set_payload(payload);
    next.call(request).await.map(ServiceResponse::map_into_left_body)
}

/// The same body, with an error at its end if that has not come after `limit`.
fn within(payload: Payload, limit: Duration) -> LocalBoxStream<'static, Result<Bytes, PayloadError>> {
    let deadline = Instant::now() + limit;
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
