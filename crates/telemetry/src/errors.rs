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
    let span = Span::current();
    if bridge::is_recording(&span) {
        let message = KeyValue::new("exception.message", with_sources(error));
        bridge::add_event(&span, "exception", vec![message]);
    }
}

/// Adds an `exception` event of the given type and message to `span`.
pub(crate) fn exception(span: &Span, kind: &'static str, message: String) {
    let attributes = vec![KeyValue::new("exception.type", kind), KeyValue::new("exception.message", message)];
    bridge::add_event(span, "exception", attributes);
}

/// The error and what lies beneath it, as one line.
pub(crate) fn with_sources(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        // Some libraries' errors repeat their source; saying it once is enough. Writing to a String cannot fail.
        let text = error.to_string();
        if !line.ends_with(&text) {
            let _ = write!(line, ": {text}");
        }
        source = error.source();
    }
    line
}
