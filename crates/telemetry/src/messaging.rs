//! Spans of messages that wait in a queue, after the messaging conventions.

use tracing::Span;
use tracing::field::Empty;

/// The producer span of handing `count` messages to `destination`, named `send <destination>`.
pub fn publish_span(system: &str, destination: &str, count: usize) -> Span {
    let name = format!("send {destination}");
    tracing::info_span!(
        target: "telemetry::messaging",
        "send",
        otel.name = name.as_str(),
        otel.kind = "producer",
        messaging.system = system,
        messaging.destination.name = destination,
        messaging.operation.name = "send",
        messaging.operation.type = "send",
        messaging.batch.message_count = batch(count),
        error.type = Empty,
    )
}

/// The consumer span of working on `count` messages of `destination`, named `process <destination>`.
///
/// It is the root of a trace of its own: give it links to the messages' contexts, or a parent, by
/// [`TraceCarrier`](crate::carrier::TraceCarrier).
pub fn process_span(system: &str, destination: &str, count: usize) -> Span {
    let name = format!("process {destination}");
    tracing::info_span!(
        target: "telemetry::messaging",
        parent: None,
        "process",
        otel.name = name.as_str(),
        otel.kind = "consumer",
        messaging.system = system,
        messaging.destination.name = destination,
        messaging.operation.name = "process",
        messaging.operation.type = "process",
        messaging.batch.message_count = batch(count),
        error.type = Empty,
    )
}

/// `messaging.batch.message_count` is not for operations on a single message.
fn batch(count: usize) -> Option<i64> {
    (count != 1).then(|| i64::try_from(count).unwrap_or(i64::MAX))
}
