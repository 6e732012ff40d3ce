//! Errors as `exception` events.

use std::error::Error;
use std::fmt::Write;

use opentelemetry::KeyValue;
use tracing::Span;

use crate::bridge;

/// Adds `error` to the current span as an `exception` event, its sources included.
///
/// The span's status stays as it is: a request that was answered well in spite of an error is not a failed request.
pub fn record_error(error: &dyn Error) {
    exception(&Span::current(), "error", &with_sources(error));
}

/// Adds an `exception` event of the given type and message to `span`.
pub(crate) fn exception(span: &Span, kind: &str, message: &str) {
    bridge::add_event(
        span,
        "exception",
        vec![
            KeyValue::new("exception.type", kind.to_owned()),
            KeyValue::new("exception.message", message.to_owned()),
        ],
    );
}

/// The error and what lies beneath it, as one line.
pub(crate) fn with_sources(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        // Writing to a String cannot fail.
        let _ = write!(line, ": {error}");
        source = error.source();
    }
    line
}
