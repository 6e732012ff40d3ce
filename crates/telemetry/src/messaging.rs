//! Producer and consumer spans of messages, after the messaging conventions.

use opentelemetry::Context;
use opentelemetry::trace::SpanKind;
use tracing::Span;

use crate::error_chain;
use crate::exceptions::{self, Exception};
use crate::otlp::SpanData;
use crate::span::{self, End};

/// One message, or a batch of messages, described by attributes of the messaging conventions:
///
/// ```
/// use telemetry::messaging::Messages;
///
/// let message = Messages::new("kafka", "notifications").id("7");
/// let batch = Messages::new("kafka", "notifications").count(3);
/// # let _ = (message, batch);
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Messages<'a> {
    /// `messaging.system`: `kafka`, or the name of your own
    pub system: &'a str,
    /// `messaging.destination.name`: the queue's or topic's name
    pub destination: &'a str,
    /// `messaging.batch.message_count`; left out for 1
    pub count: usize,
    /// `messaging.message.id` of a single message
    pub id: Option<&'a str>,
}

impl<'a> Messages<'a> {
    /// One message of a system, for a destination.
    pub const fn new(system: &'a str, destination: &'a str) -> Self {
        Self { system, destination, count: 1, id: None }
    }

    /// Sets the number of messages.
    #[must_use]
    pub const fn count(self, count: usize) -> Self {
        Self { count, ..self }
    }

    /// Sets the id of a single message.
    #[must_use]
    pub const fn id(self, id: &'a str) -> Self {
        Self { id: Some(id), ..self }
    }

    /// Starts the producer span of sending the messages, named `send <destination>`.
    pub fn send(&self) -> Span {
        let Some(mut prepared) = span::prepare(span::current_context()) else { return Span::none() };
        if let Some(data) = prepared.data() {
            self.describe(SpanKind::Producer, "send", data);
        }
        prepared
            .start_prepared(End::OnLastExit, || tracing::info_span!(target: "telemetry::messaging", "send"))
    }

    /// Starts the consumer span of processing the messages, named `process <destination>`.
    ///
    /// It is a root span. [`TraceCarrier`](crate::carrier::TraceCarrier) gives it a parent, or links to the contexts of
    /// the messages. [`record_failure`] marks it as failed.
    pub fn process(&self) -> Span {
        let Some(mut prepared) = span::prepare(Context::new()) else { return Span::none() };
        if let Some(data) = prepared.data() {
            self.describe(SpanKind::Consumer, "process", data);
        }
        let make = || tracing::info_span!(target: "telemetry::messaging", parent: None, "process");
        prepared.start_prepared(End::OnLastExit, make)
    }

    fn describe(&self, kind: SpanKind, operation: &str, span: &mut SpanData) {
        span.kind = kind;
        span.set_name(&[operation, " ", self.destination]);
        let attributes = &mut span.attributes;
        attributes.add("messaging.system", self.system);
        attributes.add("messaging.destination.name", self.destination);
        attributes.add("messaging.operation.name", operation);
        attributes.add("messaging.operation.type", operation);
        match self.id {
            // The conventions give the count to batches only, and the id to single messages only.
            _ if self.count != 1 => {
                attributes
                    .add("messaging.batch.message_count", i64::try_from(self.count).unwrap_or(i64::MAX));
            }
            Some(id) => attributes.add("messaging.message.id", id),
            None => {}
        }
    }
}

/// Marks `span` as failed: sets `error.type` and the status, and adds `error` as an `exception` event.
pub fn record_failure<E: Exception + ?Sized>(span: &Span, error: &E) {
    if !span::is_recording(span) {
        return;
    }
    exceptions::fail(
        span,
        error.type_name().unwrap_or("_OTHER"),
        error_chain::with_sources(error.as_error()),
    );
}
