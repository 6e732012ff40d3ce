//! Spans of messages that wait in a queue, after the messaging conventions.

use opentelemetry::trace::SpanKind;
use opentelemetry::{Context, KeyValue};
use tracing::Span;

use crate::span::{self, Seed};

/// The producer span of handing `count` messages to `destination`, named `send <destination>`.
pub fn publish_span(system: &str, destination: &str, count: usize) -> Span {
    let Some(begun) = span::begin(Context::current()) else { return Span::none() };
    let attributes =
        if begun.is_recorded() { describe("send", system, destination, count) } else { Vec::new() };
    let seed = Seed {
        begun,
        name: format!("send {destination}").into(),
        kind: SpanKind::Producer,
        attributes,
        links: Vec::new(),
    };
    seed.plant(|| tracing::info_span!(target: "telemetry::messaging", "send"))
}

/// The consumer span of working on `count` messages of `destination`, named `process <destination>`.
///
/// It is the root of a trace of its own: give it links to the messages' contexts, or a parent, by
/// [`TraceCarrier`](crate::carrier::TraceCarrier).
pub fn process_span(system: &str, destination: &str, count: usize) -> Span {
    let Some(begun) = span::begin(Context::new()) else { return Span::none() };
    let attributes =
        if begun.is_recorded() { describe("process", system, destination, count) } else { Vec::new() };
    let seed = Seed {
        begun,
        name: format!("process {destination}").into(),
        kind: SpanKind::Consumer,
        attributes,
        links: Vec::new(),
    };
    seed.plant(|| tracing::info_span!(target: "telemetry::messaging", parent: None, "process"))
}

fn describe(operation: &'static str, system: &str, destination: &str, count: usize) -> Vec<KeyValue> {
    let mut attributes = vec![
        KeyValue::new("messaging.system", system.to_owned()),
        KeyValue::new("messaging.destination.name", destination.to_owned()),
        KeyValue::new("messaging.operation.name", operation),
        KeyValue::new("messaging.operation.type", operation),
    ];
    // Not for operations on a single message.
    if count != 1 {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        attributes.push(KeyValue::new("messaging.batch.message_count", count));
    }
    attributes
}
