//! Responses to errors and panics, with `traceresponse`.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{StatusCode, header};
use actix_web::{Error, HttpResponse, ResponseError};

pub(crate) const TRACERESPONSE: HeaderName = HeaderName::from_static("traceresponse");

/// An error that the application returned, with the `traceresponse` of its response. Logs show the error alone.
pub(crate) struct TracedError {
    error: Error,
    traceresponse: Option<HeaderValue>,
}

impl TracedError {
    pub(crate) fn new(error: Error, traceresponse: Option<HeaderValue>) -> Self {
        Self { error, traceresponse }
    }
}

impl fmt::Debug for TracedError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.error, formatter)
    }
}

impl fmt::Display for TracedError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, formatter)
    }
}

impl ResponseError for TracedError {
    fn status_code(&self) -> StatusCode {
        self.error.as_response_error().status_code()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = self.error.error_response();
        if let Some(value) = &self.traceresponse {
            response.headers_mut().insert(TRACERESPONSE, value.clone());
        }
        response
    }
}

/// A panic of a handler, as [`Tracing::panic_response`](super::Tracing::panic_response) sees it.
///
/// The panic's message is not part of it: it goes to the log and the span, never to the client.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct HandlerPanic {
    /// The id of the request's trace, as 32 hexadecimal digits.
    pub trace_id: Option<String>,
}

/// Builds the response to a request whose handler panicked.
pub(super) type PanicResponse = fn(&HandlerPanic) -> HttpResponse;

/// The error of a handler that panicked. Its response has status 500, whatever `respond` says.
pub(super) struct PanicError {
    pub(super) panic: HandlerPanic,
    pub(super) respond: PanicResponse,
}

impl fmt::Debug for PanicError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PanicError").field("panic", &self.panic).finish_non_exhaustive()
    }
}

impl fmt::Display for PanicError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the handler panicked")
    }
}

impl ResponseError for PanicError {
    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = (self.respond)(&self.panic);
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    }
}

/// The default response to a panic: problem details (RFC 9457) without a detail.
pub(super) fn minimal_problem(_: &HandlerPanic) -> HttpResponse {
    HttpResponse::InternalServerError()
        .insert_header((header::CONTENT_TYPE, "application/problem+json"))
        .body(r#"{"type":"about:blank","title":"Internal Server Error","status":500}"#)
}

#[cfg(test)]
mod tests {
    use actix_web::body::MessageBody;

    use super::*;

    #[test]
    fn a_log_of_an_error_shows_the_error_that_the_application_returned() {
        let traced = TracedError::new(actix_web::error::ErrorForbidden("banned"), None);
        assert_eq!(format!("{traced:?} {traced}"), "\"banned\" banned");
        let panic = PanicError { panic: HandlerPanic { trace_id: None }, respond: minimal_problem };
        assert_eq!(format!("{panic:?}"), "PanicError { panic: HandlerPanic { trace_id: None }, .. }");
    }

    #[test]
    fn a_panic_response_is_the_applications_with_status_500() {
        fn respond(panic: &HandlerPanic) -> HttpResponse {
            HttpResponse::Ok().body(format!("trace {}", panic.trace_id.as_deref().unwrap_or("none")))
        }
        let panic = HandlerPanic { trace_id: Some("7".to_owned()) };
        let response = PanicError { panic, respond }.error_response();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.into_body().try_into_bytes().expect("a whole body"), "trace 7");
    }
}
