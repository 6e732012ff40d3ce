//! Records errors on spans, as `exception` events and as the status.

use std::error::Error;

use opentelemetry::KeyValue;
use tracing::Span;

use crate::error_chain;
use crate::span::{self, with_open_span};

/// Adds `error` to the current span as an `exception` event, with its sources and, where it is known, its type.
///
/// The status of the span does not change: a request can succeed in spite of an error.
pub fn record_error<E: Exception + ?Sized>(error: &E) {
    let span = Span::current();
    if span::is_recording(&span) {
        let kind = error.type_name().map(|name| KeyValue::new("exception.type", name));
        let message = KeyValue::new("exception.message", error_chain::with_sources(error.as_error()));
        span::add_event(&span, "exception", kind.into_iter().chain([message]).collect());
    }
}

/// Adds an `exception` event with this type and message to `span`.
pub(crate) fn add_exception(span: &Span, kind: &'static str, message: String) {
    let attributes = vec![KeyValue::new("exception.type", kind), KeyValue::new("exception.message", message)];
    span::add_event(span, "exception", attributes);
}

/// Marks `span` as failed: sets `error.type` and the status, and adds an `exception` event.
pub(crate) fn fail(span: &Span, kind: &'static str, message: String) {
    add_exception(span, kind, message.clone());
    with_open_span(span, |open_span| open_span.fail(kind, message));
}

/// Any error: a concrete type, whose name becomes `exception.type`, or `dyn Error`.
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
