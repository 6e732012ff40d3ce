//! Turns an event of `tracing` into an event of an OpenTelemetry span.

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Event as SpanEvent, Status};
use tracing::{Event, Level, Metadata};

use super::fields::EventFields;
use super::open_span::{End, OpenSpan};

/// An event of a span, and what it says about the span.
pub(super) struct RecordedEvent {
    event: SpanEvent,
    failure: Option<Failure>,
}

/// Why the span has failed, as far as an event can tell.
enum Failure {
    /// The function of the span returned an error (`#[instrument(err)]`).
    Returned(String),
    /// An error was logged.
    Logged(String),
}

impl RecordedEvent {
    /// Reads an event as `tracing-opentelemetry` does: the message becomes its name. It is an exception if it has an
    /// error (`error = &err as &dyn Error`), or no message and a field `error`, as `#[instrument(err)]` writes it.
    ///
    /// `of_record` is the metadata of a record of the `log` crate, if the event is one.
    pub(super) fn read(event: &Event<'_>, of_record: Option<&Metadata<'_>>) -> Self {
        let metadata = event.metadata();
        let mut fields = EventFields::default();
        event.record(&mut fields);
        let EventFields { mut attributes, message, error, exception } = fields;
        attributes.push(KeyValue::new("level", metadata.level().as_str()));
        attributes.push(match of_record {
            Some(record) => KeyValue::new("target", record.target().to_owned()),
            None => KeyValue::new("target", metadata.target()),
        });
        let returned = message.is_none() && exception.is_none() && error.is_some();
        let failure = exception.as_deref().or(error.as_deref()).or(message.as_deref()).unwrap_or_default();
        let failure = match *metadata.level() {
            _ if returned => Some(Failure::Returned(failure.to_owned())),
            Level::ERROR => Some(Failure::Logged(failure.to_owned())),
            _ => None,
        };
        let exception = if returned {
            error
        } else {
            attributes.extend(error.map(|error| KeyValue::new("error", error)));
            exception
        };
        let name = match (exception, message) {
            (Some(exception), message) => {
                attributes.push(KeyValue::new("exception.message", exception));
                attributes.extend(message.map(|message| KeyValue::new("message", message)));
                Cow::Borrowed("exception")
            }
            (None, Some(message)) => Cow::Owned(message),
            (None, None) => Cow::Borrowed(name_without_message(metadata, &attributes)),
        };
        Self { event: SpanEvent::new(name, SystemTime::now(), attributes, 0), failure }
    }

    /// Adds the event to its span.
    ///
    /// A span that this crate ends by itself has the status that the conventions ask for: a server span follows its
    /// response, for example, whatever was logged on the way.
    pub(super) fn add_to(self, span: &mut OpenSpan) {
        let follows_events = span.ends == End::OnLastExit;
        let Some(data) = &mut span.data else { return };
        data.add_event(self.event);
        match self.failure.filter(|_| follows_events) {
            Some(Failure::Returned(error)) => data.set_status(Status::error(error)),
            Some(Failure::Logged(error)) if data.status == Status::Unset => {
                data.set_status(Status::error(error));
            }
            _ => {}
        }
    }
}

/// The name that the application gave to the event; else `return` for `#[instrument(ret)]`, or the target.
fn name_without_message(metadata: &'static Metadata<'static>, attributes: &[KeyValue]) -> &'static str {
    // The default name is that of a place in the source: `event src/main.rs:11`.
    if !metadata.name().starts_with("event ") {
        return metadata.name();
    }
    let returned = attributes.iter().any(|attribute| attribute.key.as_str() == "return");
    if returned { "return" } else { metadata.target() }
}
