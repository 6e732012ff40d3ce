//! Error responses as the page reads them: `{"error":".."}`.
//!
//! A response carries its message as an [`ErrorMessage`], too, for the page that a browser gets instead.

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

/// Message of an error response, in its extensions.
#[derive(Debug, Clone)]
pub(crate) struct ErrorMessage(pub(crate) String);

pub(crate) fn error(status: StatusCode, message: &str) -> HttpResponse {
    with_message(HttpResponse::build(status).json(ErrorJson { error: message }), message)
}

/// Adds the message of an error response with a body of another form.
pub(crate) fn with_message(mut response: HttpResponse, message: &str) -> HttpResponse {
    response.extensions_mut().insert(ErrorMessage(message.to_owned()));
    response
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
