//! From an error to a problem: the one place where errors become answers, are logged and reach the span.

use std::error::Error;
use std::io::ErrorKind;

use actix_web::error::{JsonPayloadError, PathError, PayloadError, QueryPayloadError, ResponseError};
use actix_web::http::StatusCode as ActixStatus;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use actix_web::web::{JsonConfig, PathConfig, QueryConfig, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use problem::{MEDIA_TYPE, Problem, Violation};
use process::error_chain;
use telemetry::server::HandlerPanic;

pub use http::StatusCode;

use crate::client::IDEMPOTENCY_KEY;

/// The largest body that is read: an activity of 1024 characters, escaped, is some 12 KiB.
pub const MAX_BODY_BYTES: usize = 32 * 1024;
/// The longest `Idempotency-Key`.
const MAX_KEY_BYTES: usize = 255;
/// What a caller is told to wait when something is unavailable.
const RETRY_AFTER_SECONDS: &str = "1";

/// The answer for `problem`, which `cause` brought about. A cause of a 5xx is logged and recorded on the span, here and
/// nowhere else; the caller sees the problem alone.
pub fn refuse(problem: Problem, cause: &(dyn Error + 'static)) -> HttpResponse {
    if problem.status().is_server_error() {
        telemetry::record_error(cause);
        tracing::error!(error = %error_chain(cause), code = problem.code(), "request failed");
    }
    respond(problem)
}

/// The answer to a request whose handler panicked: the same problem as any 500.
pub(crate) fn panicked(panic: &HandlerPanic) -> HttpResponse {
    respond_with_trace(Problem::internal(), panic.trace_id.clone())
}

/// The answer for a problem that has no cause but the request.
pub fn respond(problem: Problem) -> HttpResponse {
    respond_with_trace(problem, telemetry::trace_id_of_current())
}

fn respond_with_trace(problem: Problem, trace_id: Option<String>) -> HttpResponse {
    let status = actix_status(problem.status());
    let mut answer = HttpResponse::build(status);
    answer.insert_header((CONTENT_TYPE, MEDIA_TYPE));
    if problem.status() == StatusCode::SERVICE_UNAVAILABLE {
        answer.insert_header((RETRY_AFTER, RETRY_AFTER_SECONDS));
    }
    let problem = problem.with_trace_id(trace_id);
    answer.body(serde_json::to_vec(&problem).unwrap_or_default())
}

/// The same status in the other version of the `http` crate, which actix-web still speaks.
pub fn actix_status(status: StatusCode) -> ActixStatus {
    ActixStatus::from_u16(status.as_u16()).unwrap_or(ActixStatus::INTERNAL_SERVER_ERROR)
}

/// The request's `Idempotency-Key`, when it has one.
///
/// # Errors
/// A violation, unless it is 1 to 255 visible characters of ASCII.
pub fn idempotency_key(request: &HttpRequest) -> Result<Option<&str>, Violation> {
    let Some(value) = request.headers().get(IDEMPOTENCY_KEY) else { return Ok(None) };
    match value.to_str() {
        Ok(key)
            if (1..=MAX_KEY_BYTES).contains(&key.len())
                && key.bytes().all(|byte| byte.is_ascii_graphic()) =>
        {
            Ok(Some(key))
        }
        _ => Err(Violation::new(
            "invalid_idempotency_key",
            "Idempotency-Key",
            "1 to 255 visible characters of ASCII",
        )),
    }
}

/// 422: an idempotency key stands for one request, and came with another.
pub fn key_reused() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "idempotency_key_reused",
        "The idempotency key was used for another request",
    )
}

/// 503: a database or its pool is too busy.
pub fn overloaded() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", "Too much is asked at once; try again soon")
}

/// Nothing is served under this path.
pub async fn not_found() -> HttpResponse {
    respond(Problem::new(StatusCode::NOT_FOUND, "no_such_path", "There is nothing under this path"))
}

/// A resource's answer to the methods that it does not have: `.default_service(web::to(method_not_allowed("GET, POST")))`.
pub fn method_not_allowed(
    allow: &'static str,
) -> impl Fn() -> std::future::Ready<HttpResponse> + Clone + 'static {
    move || {
        let problem = Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "This path does not have that method",
        );
        let mut answer = respond(problem.with_detail(format!("it has {allow}")));
        if let Ok(allow) = allow.parse() {
            answer.headers_mut().insert(ALLOW, allow);
        }
        std::future::ready(answer)
    }
}

/// Makes bad bodies, queries and paths answer as problems.
pub(crate) fn extractors(config: &mut ServiceConfig) {
    config
        .app_data(JsonConfig::default().limit(MAX_BODY_BYTES).error_handler(|error, _: &HttpRequest| {
            BadRequest { problem: bad_json(&error), cause: Box::new(error) }.into()
        }))
        .app_data(QueryConfig::default().error_handler(|error, _| {
            BadRequest { problem: bad_query(&error), cause: Box::new(error) }.into()
        }))
        .app_data(PathConfig::default().error_handler(|error, _| {
            BadRequest { problem: bad_path(&error), cause: Box::new(error) }.into()
        }));
}

/// A request that no handler saw.
#[derive(Debug, thiserror::Error)]
#[error("the request cannot be read")]
struct BadRequest {
    problem: Problem,
    #[source]
    cause: Box<dyn Error>,
}

impl ResponseError for BadRequest {
    fn status_code(&self) -> ActixStatus {
        actix_status(self.problem.status())
    }

    fn error_response(&self) -> HttpResponse {
        refuse(self.problem.clone(), self)
    }
}

fn bad_json(error: &JsonPayloadError) -> Problem {
    match error {
        JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. } => {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "The body is too large")
                .with_detail(format!("at most {MAX_BODY_BYTES} bytes"))
        }
        JsonPayloadError::ContentType => Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "The body must be application/json",
        ),
        JsonPayloadError::Deserialize(error) if error.is_data() => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_json_member",
            "A member of the JSON is not what it should be",
        )
        .with_detail(error.to_string()),
        JsonPayloadError::Deserialize(error) => {
            Problem::new(StatusCode::BAD_REQUEST, "invalid_json", "The body is not JSON")
                .with_detail(error.to_string())
        }
        JsonPayloadError::Payload(PayloadError::Io(error)) if error.kind() == ErrorKind::TimedOut => {
            Problem::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", "The body took too long to arrive")
        }
        _ => Problem::new(StatusCode::BAD_REQUEST, "unreadable_body", "The body could not be read"),
    }
}

fn bad_query(error: &QueryPayloadError) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid_query", "The query is not valid")
        .with_detail(error.to_string())
}

fn bad_path(error: &PathError) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid_path", "The path is not valid")
        .with_detail(error.to_string())
}
