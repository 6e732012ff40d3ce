//! The `cause` of a document: the exceptions of a span.

use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use serde_json::{Map, Value, json};

use super::attributes::Attributes;
use super::stack::stack;
use crate::ids;

/// The name of events that are exceptions.
pub(super) const EVENT: &str = "exception";
/// Exceptions of one document. X-Ray shows them all at once.
pub(super) const MOST_EXCEPTIONS: usize = 10;

/// The `cause` of a span: its `exception` events, or the description of its status. `None` when it has neither.
pub(super) fn cause(span: &Span) -> Option<Value> {
    // The exception of a call was thrown by whom it called, as far as X-Ray can tell.
    let remote = matches!(span.kind(), SpanKind::Client | SpanKind::Producer);
    let events = span.events.iter().filter(|event| event.name == EVENT);
    let mut exceptions: Vec<Value> =
        events.take(MOST_EXCEPTIONS).map(|event| of_event(Attributes(&event.attributes), remote)).collect();
    if exceptions.is_empty() {
        exceptions.extend(of_status(span, remote));
    }
    (!exceptions.is_empty()).then(|| json!({ "exceptions": exceptions }))
}

fn of_event(attributes: Attributes<'_>, remote: bool) -> Value {
    let kind = attributes.text("exception.type");
    let message = attributes.text("exception.message");
    let mut exception = exception(kind, message, remote);
    if let Some(text) = attributes.text("exception.stacktrace") {
        exception.extend(stack(text));
    }
    exception.into()
}

fn of_status(span: &Span, remote: bool) -> Option<Value> {
    let status = span.status.as_ref().filter(|status| status.code() == StatusCode::Error)?;
    let message = Some(status.message.as_str()).filter(|message| !message.is_empty())?;
    let kind = Attributes(&span.attributes).text("error.type");
    Some(exception(kind, Some(message), remote).into())
}

/// An exception with an id of its own, by which others could refer to it.
fn exception(kind: Option<&str>, message: Option<&str>, remote: bool) -> Map<String, Value> {
    let mut exception = Map::new();
    exception.insert("id".to_owned(), ids::span_id().to_string().into());
    for (key, text) in [("type", kind), ("message", message)] {
        if let Some(text) = text {
            exception.insert(key.to_owned(), text.into());
        }
    }
    if remote {
        exception.insert("remote".to_owned(), true.into());
    }
    exception
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::trace::v1::Status;
    use opentelemetry_proto::tonic::trace::v1::span::Event;

    use super::super::test_spans::{attribute, span};
    use super::*;

    #[test]
    fn exceptions_come_from_events_and_otherwise_from_the_status() {
        let mut failed = span(1, 0);
        failed.kind = SpanKind::Client.into();
        assert_eq!(cause(&failed), None);
        failed.status = Some(Status { code: StatusCode::Error.into(), message: "refused".to_owned() });
        failed.attributes.push(attribute("error.type", "connect"));
        let of_status = cause(&failed).expect("a cause");
        assert_eq!(
            (&of_status["exceptions"][0]["type"], &of_status["exceptions"][0]["message"]),
            (&"connect".into(), &"refused".into())
        );
        let attributes = vec![attribute("exception.type", "Io"), attribute("exception.message", "gone")];
        failed.events = vec![Event { name: EVENT.to_owned(), attributes, ..Event::default() }; 12];
        let exceptions = cause(&failed).expect("a cause")["exceptions"].take();
        let exceptions = exceptions.as_array().expect("exceptions");
        assert_eq!(exceptions.len(), MOST_EXCEPTIONS);
        assert_eq!((&exceptions[0]["type"], &exceptions[0]["remote"]), (&"Io".into(), &true.into()));
        assert_eq!(exceptions[0]["id"].as_str().map(str::len), Some(16));
        assert_ne!(exceptions[0]["id"], exceptions[1]["id"]);
    }
}
