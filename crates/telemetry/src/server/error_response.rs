//! Errors and panics as answers that still say which trace they belong to.

use std::any::Any;
use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{StatusCode, header};
use actix_web::{Error, HttpResponse, ResponseError};

pub(crate) const TRACERESPONSE: HeaderName = HeaderName::from_static("traceresponse");

/// An error on its way out of the application, with the header that its answer shall have.
#[derive(Debug)]
pub(crate) struct TracedError {
    error: Error,
    traceresponse: Option<HeaderValue>,
}

impl TracedError {
    pub(crate) fn new(error: Error, traceresponse: Option<HeaderValue>) -> Self {
        Self { error, traceresponse }
    }
}

impl fmt::Display for TracedError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(formatter)
    }
}

impl ResponseError for TracedError {
    fn status_code(&self) -> StatusCode {
        self.error.as_response_error().status_code()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = self.error.as_response_error().error_response();
        if let Some(value) = &self.traceresponse {
            response.headers_mut().insert(TRACERESPONSE, value.clone());
        }
        response
    }
}

/// A handler that panicked: a 500 that tells the stranger nothing.
#[derive(Debug)]
pub(crate) struct Panicked;

impl fmt::Display for Panicked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the handler panicked")
    }
}

impl ResponseError for Panicked {
    fn error_response(&self) -> HttpResponse<BoxBody> {
        HttpResponse::InternalServerError()
            .insert_header((header::CONTENT_TYPE, "application/problem+json"))
            .body(r#"{"type":"about:blank","title":"Internal Server Error","status":500}"#)
    }
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message")
}
