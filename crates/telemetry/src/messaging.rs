//! Spans of messages that wait in a queue, after the messaging conventions.

use opentelemetry::trace::SpanKind;
use opentelemetry::{Context, KeyValue};
use tracing::Span;

use crate::bridge;
use crate::errors::{self, Exception};
use crate::span::{self, Seed};

/// One message, or a batch of them, said in the words of the conventions.
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
        let Some(begun) = span::begin(Context::current()) else { return Span::none() };
        let attributes = if begun.is_recorded() { self.describe("send") } else { Vec::new() };
        let seed = Seed {
            begun,
            name: format!("send {}", self.destination).into(),
            kind: SpanKind::Producer,
            by_hand: false,
            attributes,
            link: None,
        };
        seed.plant(|| tracing::info_span!(target: "telemetry::messaging", "send"))
    }

    /// The consumer span of working on them, named `process <destination>`.
    ///
    /// It is the root of a trace of its own: give it links to the messages' contexts, or a parent, by
    /// [`TraceCarrier`](crate::carrier::TraceCarrier). How it failed says [`record_failure`].
    pub fn process(&self) -> Span {
        let Some(begun) = span::begin(Context::new()) else { return Span::none() };
        let attributes = if begun.is_recorded() { self.describe("process") } else { Vec::new() };
        let seed = Seed {
            begun,
            name: format!("process {}", self.destination).into(),
            kind: SpanKind::Consumer,
            by_hand: false,
            attributes,
            link: None,
        };
        seed.plant(|| tracing::info_span!(target: "telemetry::messaging", parent: None, "process"))
    }

    fn describe(&self, operation: &'static str) -> Vec<KeyValue> {
        let mut attributes = vec![
            KeyValue::new("messaging.system", self.system.to_owned()),
            KeyValue::new("messaging.destination.name", self.destination.to_owned()),
            KeyValue::new("messaging.operation.name", operation),
            KeyValue::new("messaging.operation.type", operation),
        ];
        match self.id {
            // Not for operations on a single message, and that for no other.
            _ if self.count != 1 => {
                let count = i64::try_from(self.count).unwrap_or(i64::MAX);
                attributes.push(KeyValue::new("messaging.batch.message_count", count));
            }
            Some(id) => attributes.push(KeyValue::new("messaging.message.id", id.to_owned())),
            None => {}
        }
        attributes
    }
}

/// Marks `span` as failed by `error`: `error.type`, an `exception` event and the status.
pub fn record_failure<E: Exception + ?Sized>(span: &Span, error: &E) {
    if !bridge::is_recording(span) {
        return;
    }
    let message = errors::with_sources(error.as_error());
    let kind = error.type_name().unwrap_or("_OTHER");
    bridge::set_attribute(span, KeyValue::new("error.type", kind));
    errors::exception(span, kind, message.clone());
    bridge::set_error(span, message);
}
