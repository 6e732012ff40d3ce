//! Maps errors to problem responses (RFC 9457). The client only gets the problem: telemetry records the error and its
//! sources on the server span, and logs a 5xx, once.

use std::error::Error;
use std::io::ErrorKind;

use actix_web::error::{JsonPayloadError, PathError, PayloadError, QueryPayloadError, ResponseError};
use actix_web::http::StatusCode as ActixStatus;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use actix_web::web::{JsonConfig, PathConfig, QueryConfig, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use problem::{MEDIA_TYPE, Problem, Violation};
use telemetry::server::HandlerPanic;

pub use http::StatusCode;

use crate::client::IDEMPOTENCY_KEY;

/// Largest request body. An activity of 1024 characters, escaped, takes about 12 KiB.
pub const MAX_BODY_BYTES: usize = 32 * 1024;
/// Longest `Idempotency-Key`.
const MAX_KEY_BYTES: usize = 255;
/// `Retry-After` of every 503.
const RETRY_AFTER_SECONDS: &str = "1";

/// The response to a request whose handler panicked: the same problem as any 500.
pub(crate) fn panicked(panic: &HandlerPanic) -> HttpResponse {
    respond_with_trace(Problem::internal(), panic.trace_id.clone())
}

/// The response for `problem`.
pub fn respond(problem: Problem) -> HttpResponse {
    respond_with_trace(problem, telemetry::trace_id_of_current())
}

fn respond_with_trace(problem: Problem, trace_id: Option<String>) -> HttpResponse {
    let status = actix_status(problem.status());
    let mut response = HttpResponse::build(status);
    response.insert_header((CONTENT_TYPE, MEDIA_TYPE));
    if problem.status() == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header((RETRY_AFTER, RETRY_AFTER_SECONDS));
    }
    let problem = problem.with_trace_id(trace_id);
    response.body(serde_json::to_vec(&problem).unwrap_or_default())
}

/// The same status in version 0.2 of the `http` crate, which actix-web still uses.
pub fn actix_status(status: StatusCode) -> ActixStatus {
    ActixStatus::from_u16(status.as_u16()).unwrap_or(ActixStatus::INTERNAL_SERVER_ERROR)
}

/// The request's `Idempotency-Key`, when it has one.
///
/// # Errors
/// A violation, unless it is 1 to 255 visible ASCII characters.
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
            "it must be 1 to 255 visible ASCII characters",
        )),
    }
}

/// 422: the idempotency key came before with another request.
pub fn key_reused() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "idempotency_key_reused",
        "The idempotency key was used for another request",
    )
}

/// 503: the database or its connection pool is overloaded.
pub fn overloaded() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", "The service is overloaded; try again soon")
}

/// 507: there is no room to write. Nothing was written.
pub fn storage_full() -> Problem {
    Problem::new(
        StatusCode::INSUFFICIENT_STORAGE,
        "storage_full",
        "There is no room to store this; reading still works",
    )
}

/// 503: the storage cannot be read or written at the moment.
pub fn storage_unavailable() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "storage_unavailable",
        "The storage is temporarily unavailable; try again soon",
    )
}

/// 404: no resource has this path.
pub async fn not_found() -> HttpResponse {
    respond(Problem::new(StatusCode::NOT_FOUND, "no_such_path", "No resource has this path"))
}

/// 405, for the methods that a resource lacks: `.default_service(web::to(method_not_allowed("GET, POST")))`.
pub fn method_not_allowed(
    allow: &'static str,
) -> impl Fn() -> std::future::Ready<HttpResponse> + Clone + 'static {
    move || {
        let problem = Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "The resource does not support this method",
        );
        let mut response = respond(problem.with_detail(format!("it supports {allow}")));
        if let Ok(allow) = allow.parse() {
            response.headers_mut().insert(ALLOW, allow);
        }
        std::future::ready(response)
    }
}

/// Configures the extractors so that invalid bodies, queries and paths get problem responses.
pub(crate) fn extractors(config: &mut ServiceConfig) {
    config
        .app_data(JsonConfig::default().limit(MAX_BODY_BYTES).error_handler(|error, _: &HttpRequest| {
            ExtractorError { problem: bad_json(&error), cause: Box::new(error) }.into()
        }))
        .app_data(QueryConfig::default().error_handler(|error, _| {
            ExtractorError { problem: bad_query(&error), cause: Box::new(error) }.into()
        }))
        .app_data(PathConfig::default().error_handler(|error, _| {
            ExtractorError { problem: bad_path(&error), cause: Box::new(error) }.into()
        }));
}

/// An extractor rejected the request before its handler ran.
#[derive(Debug, thiserror::Error)]
#[error("the request cannot be read")]
pub(crate) struct ExtractorError {
    problem: Problem,
    #[source]
    cause: Box<dyn Error>,
}

impl ResponseError for ExtractorError {
    fn status_code(&self) -> ActixStatus {
        actix_status(self.problem.status())
    }

    fn error_response(&self) -> HttpResponse {
        respond(self.problem.clone())
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
            "A member of the JSON has the wrong type or is missing",
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
