//! What OpenTelemetry knows about a `tracing` span, and `tracing` does not.

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry::trace::{Event, SpanContext, Status};
use opentelemetry::{Context, Key, KeyValue, Value};
use thiserror::Error;
use tracing::Span;

use crate::span;

/// Why a span keeps its parent.
#[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
#[non_exhaustive]
pub enum SetParentError {
    /// The span is disabled, or belongs to a subscriber without telemetry.
    #[error("the span is not traced")]
    NotTraced,
    /// The span is below a span that is not sampled, and shares its state.
    /// [`TraceCarrier::set_parent_of`](crate::carrier::TraceCarrier::set_parent_of) can move it.
    #[error("the span shares the state of a parent that is not sampled")]
    SharedState,
}

/// Access to OpenTelemetry's side of a span, with the methods of the trait of this name in tracing-opentelemetry.
///
/// A span that is not recording ignores values. No attribute needs to be declared when the span is created:
///
/// ```
/// use telemetry::OpenTelemetrySpanExt;
///
/// tracing::Span::current().set_attribute("user.id", 7);
/// ```
pub trait OpenTelemetrySpanExt: sealed::Sealed {
    /// Makes the span a child of the span in `context`, or a root if there is none. Call it before the span is entered
    /// and has children.
    ///
    /// # Errors
    ///
    /// When the span has no state of its own.
    fn set_parent(&self, context: Context) -> Result<(), SetParentError>;

    /// The context in which the span is the active one; the current context for a span that is not traced.
    fn context(&self) -> Context;

    /// Links the span to another one.
    fn add_link(&self, to: SpanContext);

    /// Links the span to another one, with attributes of the link.
    fn add_link_with_attributes(&self, to: SpanContext, attributes: Vec<KeyValue>);

    /// Sets an attribute of the span, or replaces the one with the same key.
    fn set_attribute(&self, key: impl Into<Key>, value: impl Into<Value>);

    /// Sets the status. `Ok` is final, and a status that is set cannot be unset.
    fn set_status(&self, status: Status);

    /// Adds an event at the current time.
    fn add_event(&self, name: impl Into<Cow<'static, str>>, attributes: Vec<KeyValue>);

    /// Adds an event at another time.
    fn add_event_with_timestamp(
        &self,
        name: impl Into<Cow<'static, str>>,
        timestamp: SystemTime,
        attributes: Vec<KeyValue>,
    );
}

impl OpenTelemetrySpanExt for Span {
    fn set_parent(&self, context: Context) -> Result<(), SetParentError> {
        if span::shares_state(self) {
            return Err(SetParentError::SharedState);
        }
        if span::reparent(self, &context) { Ok(()) } else { Err(SetParentError::NotTraced) }
    }

    fn context(&self) -> Context {
        span::context_of(self)
    }

    fn add_link(&self, to: SpanContext) {
        self.add_link_with_attributes(to, Vec::new());
    }

    fn add_link_with_attributes(&self, to: SpanContext, attributes: Vec<KeyValue>) {
        span::with_data(self, |data| data.add_link_with_attributes(to, attributes));
    }

    fn set_attribute(&self, key: impl Into<Key>, value: impl Into<Value>) {
        let (key, value) = (key.into(), value.into());
        span::with_data(self, |data| data.attributes.set(key.as_str(), &value));
    }

    fn set_status(&self, status: Status) {
        span::with_data(self, |data| data.set_status(status));
    }

    fn add_event(&self, name: impl Into<Cow<'static, str>>, attributes: Vec<KeyValue>) {
        self.add_event_with_timestamp(name, SystemTime::now(), attributes);
    }

    fn add_event_with_timestamp(
        &self,
        name: impl Into<Cow<'static, str>>,
        timestamp: SystemTime,
        attributes: Vec<KeyValue>,
    ) {
        let event = Event::new(name, timestamp, attributes, 0);
        span::with_data(self, |data| data.add_event(event));
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for tracing::Span {}
}
