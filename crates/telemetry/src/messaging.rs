//! Spans of messages that wait in a queue, after the messaging conventions.

use opentelemetry::Context;
use opentelemetry::trace::SpanKind;
use tracing::Span;

use crate::error_chain;
use crate::exceptions::{self, Exception};
use crate::otlp::SpanData;
use crate::span::{self, End};

/// One message, or a batch of them, attributes in the words of the conventions.
#[derive(Clone, Copy, Debug)]
pub struct Messages<'a> {
    /// `messaging.system`: `kafka`, or the name of your own
    pub system: &'a str,
    /// `messaging.destination.name`: the queue's or topic's name
    pub destination: &'a str,
    /// `messaging.batch.message_count`, unless it is 1
    pub count: usize,
    /// `messaging.message.id`, of a single message that has one
    pub id: Option<&'a str>,
}

impl Messages<'_> {
    /// The producer span of handing them over, named `send <destination>`.
    pub fn send(&self) -> Span {
        let Some(mut prepared) = span::prepare(Context::current()) else { return Span::none() };
        if let Some(data) = prepared.data() {
            self.describe(SpanKind::Producer, "send", data);
        }
        prepared
            .start_prepared(End::OnLastExit, || tracing::info_span!(target: "telemetry::messaging", "send"))
    }

    /// The consumer span of working on them, named `process <destination>`.
    ///
    /// It is the root of a trace of its own: give it links to the messages' contexts, or a parent, by
    /// [`TraceCarrier`](crate::carrier::TraceCarrier). How it failed says [`record_failure`].
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
            // Not for operations on a single message, and that for no other.
            _ if self.count != 1 => {
                attributes
                    .add("messaging.batch.message_count", i64::try_from(self.count).unwrap_or(i64::MAX));
            }
            Some(id) => attributes.add("messaging.message.id", id),
            None => {}
        }
    }
}

/// Marks `span` as failed by `error`: `error.type`, an `exception` event and the status.
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
