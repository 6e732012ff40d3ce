//! Errors as `exception` events.

use std::error::Error;
use std::fmt::Write;

use opentelemetry::KeyValue;
use tracing::Span;

use crate::span::with_open_span;
use crate::{bridge, redact};

/// Adds `error` to the current span as an `exception` event, its sources included and its type where that is known.
///
/// The span's status stays as it is: a request that was answered well in spite of an error is not a failed request.
pub fn record_error<E: Exception + ?Sized>(error: &E) {
    let span = Span::current();
    if bridge::is_recording(&span) {
        let kind = error.type_name().map(|name| KeyValue::new("exception.type", name));
        let message = KeyValue::new("exception.message", with_sources(error.as_error()));
        bridge::add_event(&span, "exception", kind.into_iter().chain([message]).collect());
    }
}

/// Adds an `exception` event of the given type and message to `span`.
pub(crate) fn add_exception(span: &Span, kind: &'static str, message: String) {
    let attributes = vec![KeyValue::new("exception.type", kind), KeyValue::new("exception.message", message)];
    bridge::add_event(span, "exception", attributes);
}

/// Marks `span` as failed: `error.type`, an `exception` event and the status.
pub(crate) fn fail(span: &Span, kind: &'static str, message: String) {
    add_exception(span, kind, message.clone());
    with_open_span(span, |recorded| recorded.fail(kind, message));
}

/// Any error: one whose type is known, or `dyn Error`.
pub trait Exception: sealed::Sealed {
    #[doc(hidden)]
    fn as_error(&self) -> &(dyn Error + 'static);
    #[doc(hidden)]
    fn type_name(&self) -> Option<&'static str>;
}

impl<E: Error + 'static> Exception for E {
    fn as_error(&self) -> &(dyn Error + 'static) {
        self
    }

    fn type_name(&self) -> Option<&'static str> {
        Some(std::any::type_name::<E>())
    }
}

impl Exception for dyn Error {
    fn as_error(&self) -> &(dyn Error + 'static) {
        self
    }

    fn type_name(&self) -> Option<&'static str> {
        None
    }
}

impl Exception for dyn Error + Send + Sync {
    fn as_error(&self) -> &(dyn Error + 'static) {
        self
    }

    fn type_name(&self) -> Option<&'static str> {
        None
    }
}

mod sealed {
    use std::error::Error;

    pub trait Sealed {}
    impl<E: Error + 'static> Sealed for E {}
    impl Sealed for dyn Error {}
    impl Sealed for dyn Error + Send + Sync {}
}

/// The error and what lies beneath it, as one line, without the secrets of a URL in it.
pub(crate) fn with_sources(error: &(dyn Error + 'static)) -> String {
    let mut line = String::new();
    for error in chain(error) {
        // Some libraries' errors repeat their source; saying it once is enough. Writing to a String cannot fail.
        let text = error.to_string();
        if line.is_empty() {
            line = text;
        } else if !line.ends_with(&text) {
            let _ = write!(line, ": {text}");
        }
    }
    // reqwest's errors say the whole URL.
    for url in chain(error).filter_map(url_of) {
        line = line.replace(url.as_str(), &redact::url(url));
    }
    line
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

fn url_of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a reqwest::Url> {
    let reqwest = error.downcast_ref::<reqwest::Error>().and_then(reqwest::Error::url);
    reqwest.or_else(|| error.downcast_ref::<reqwest_middleware::Error>()?.url())
}
