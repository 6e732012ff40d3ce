//! Says why a request failed: an `exception` event on the server span, and one event of `tracing`.

use std::any::type_name;
use std::cell::Cell;
use std::error::Error as StdError;
use std::fmt;

use actix_web::error::{
    JsonPayloadError, ParseError, PathError, PayloadError, QueryPayloadError, UrlencodedError,
};
use actix_web::http::StatusCode;
use actix_web::{Error, ResponseError};
use opentelemetry::trace::Status;
use tracing::{Level, Span};

use crate::otlp::client_text;
use crate::span::{self, with_data};
use crate::{error_chain, exceptions};

/// What is known of an error whose type is known; `None` for an error of another type.
pub(super) type Describe = fn(&Error) -> Option<Description>;

/// An error as the span and the log show it.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Description {
    /// `exception.type`
    kind: &'static str,
    /// Its text and that of its sources, bounded and redacted.
    message: String,
}

/// Describes an error of the type `E`, with its sources.
pub(super) fn describe<E: ResponseError + StdError + 'static>(error: &Error) -> Option<Description> {
    let error = error.as_error::<E>()?;
    Some(Description { kind: type_name::<E>(), message: error_chain::with_sources(error) })
}

/// Errors of actix and of the standard library that become responses.
///
/// actix erases the type of an error, and keeps neither its name nor its sources. Only a known type gives them back.
const KNOWN: [Describe; 9] = [
    describe::<std::io::Error>,
    describe::<serde_json::Error>,
    describe::<JsonPayloadError>,
    describe::<PathError>,
    describe::<QueryPayloadError>,
    describe::<UrlencodedError>,
    describe::<PayloadError>,
    describe::<ParseError>,
    boxed,
];

/// Describes a boxed error. Its own type is unknown, and its sources are not.
fn boxed(error: &Error) -> Option<Description> {
    let error = error.as_error::<Box<dyn StdError>>()?;
    Some(Description { kind: UNKNOWN, message: error_chain::with_sources(&**error) })
}

/// The type of an error that actix has erased.
const UNKNOWN: &str = "actix_web::Error";

/// What the companion found out about a request that has just finished, for [`record_response`](super::span::record_response),
/// which runs directly after it on the same thread.
#[derive(Debug, Default)]
pub(super) struct Finished {
    /// The look-up of the route costs as much as the rest of recording a response.
    pub(super) route: Option<String>,
    /// Whether the error of the response was reported.
    pub(super) is_reported: bool,
}

thread_local! {
    static FINISHED: Cell<Option<Finished>> = const { Cell::new(None) };
}

impl Finished {
    pub(super) fn set(self) {
        let _ = FINISHED.try_with(|finished| finished.set(Some(self)));
    }

    pub(super) fn take() -> Self {
        FINISHED.try_with(Cell::take).ok().flatten().unwrap_or_default()
    }
}

/// An error of a handler, an extractor or a middleware, which became a response.
#[derive(Debug)]
pub(super) struct Failure<'a> {
    pub(super) error: &'a Error,
    pub(super) status: StatusCode,
    /// `None` when the request is gone.
    pub(super) method: Option<&'a str>,
    pub(super) route: Option<&'a str>,
}

impl Failure<'_> {
    /// Adds the error to `span`, which is current, and logs it: a server error (5xx) at ERROR, and a client error (4xx),
    /// which any client can cause, at DEBUG. Other responses are no failures. `types` are known to the application.
    pub(super) fn report(&self, span: &Span, types: &[Describe]) {
        if self.status.is_server_error() {
            let Description { kind, message } = self.describe(types);
            let cause = Cause(message);
            // The recorder makes an `exception` event of it.
            tracing::error!(
                target: "telemetry::server",
                error = &cause as &dyn StdError,
                exception.type = kind,
                http.request.method = self.method.map(client_text),
                http.route = self.route,
                http.response.status_code = i64::from(self.status.as_u16()),
                "the request failed"
            );
            with_data(span, |data| data.set_status(Status::error(cause.0)));
        } else if self.status.is_client_error() {
            self.report_client_error(span, types);
        }
    }

    fn report_client_error(&self, span: &Span, types: &[Describe]) {
        let is_logged = tracing::enabled!(target: "telemetry::server", Level::DEBUG);
        if !is_logged && !span::is_recording(span) {
            return;
        }
        let Description { kind, message } = self.describe(types);
        tracing::debug!(
            target: "telemetry::server",
            error = message,
            exception.type = kind,
            http.request.method = self.method.map(client_text),
            http.route = self.route,
            http.response.status_code = i64::from(self.status.as_u16()),
            "the request was rejected"
        );
        exceptions::add_exception(span, kind, message);
    }

    fn describe(&self, types: &[Describe]) -> Description {
        let known = types.iter().chain(&KNOWN).find_map(|describe| describe(self.error));
        known.unwrap_or_else(|| Description { kind: UNKNOWN, message: error_chain::of_display(self.error) })
    }
}

/// The text of an error, as an error.
#[derive(Debug)]
struct Cause(String);

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl StdError for Cause {}
