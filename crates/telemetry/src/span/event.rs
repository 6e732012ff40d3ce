//! Turns an event of `tracing` into an event of an OpenTelemetry span.

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry::KeyValue;
use opentelemetry::trace::Event as SpanEvent;
use tracing::Event;

use super::fields::EventFields;

/// The message becomes the event's name. An event with an error is named `exception`, and keeps its message as an
/// attribute.
pub(super) fn span_event(event: &Event<'_>) -> SpanEvent {
    let metadata = event.metadata();
    let mut fields = EventFields::default();
    event.record(&mut fields);
    fields.attributes.push(KeyValue::new("level", metadata.level().as_str()));
    fields.attributes.push(KeyValue::new("target", metadata.target()));
    let is_exception =
        fields.attributes.iter().any(|attribute| attribute.key.as_str() == "exception.message");
    let name = match fields.message {
        Some(message) if is_exception => {
            fields.attributes.push(KeyValue::new("message", message.into_owned()));
            Cow::Borrowed("exception")
        }
        None if is_exception => Cow::Borrowed("exception"),
        Some(message) => message,
        None => Cow::Borrowed(metadata.name()),
    };
    SpanEvent::new(name, SystemTime::now(), fields.attributes, 0)
}
