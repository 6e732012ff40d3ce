//! Error responses as the page reads them: `{"error":".."}`.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;

/// Message of a 503 when the worker thread pool dropped a request.
pub(crate) const INTERRUPTED: &str = "the request was interrupted; try again";

#[derive(Serialize)]
struct ErrorJson<'a> {
    error: &'a str,
}

pub(crate) fn error(status: StatusCode, message: &str) -> HttpResponse {
    HttpResponse::build(status).json(ErrorJson { error: message })
}

/// The response to a request that the worker thread pool dropped.
pub(crate) fn interrupted() -> HttpResponse {
    error(StatusCode::SERVICE_UNAVAILABLE, INTERRUPTED)
}

/// Adds a `Retry-After` header of one second.
pub(crate) fn with_retry_after(mut response: HttpResponse) -> HttpResponse {
    response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
    response
}
