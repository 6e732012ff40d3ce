//! Short texts about a span: its note, and of a failed one the error message.

use std::borrow::Cow;

use crate::{Event, Span, StatusCode, Value};

/// Characters of a note.
const MAX_NOTE: usize = 80;
/// Characters of an error message: the first ones, and more of the last, where a chain of causes ends.
const MAX_MESSAGE_HEAD: usize = 100;
const MAX_MESSAGE_TAIL: usize = 200;

/// The most telling value of a span: its status code, statement, operation or kind of error, in this order.
pub fn note(span: &Span<'_>) -> Option<String> {
    let (mut code, mut statement, mut operation, mut error) = (None, None, None, None);
    for attribute in span.attributes() {
        let target = match attribute.key.as_ref() {
            "http.response.status_code" | "http.status_code" | "rpc.grpc.status_code" => &mut code,
            "db.query.summary" => &mut statement,
            "db.operation.name" => &mut operation,
            "error.type" | "exception.type" => &mut error,
            _ => continue,
        };
        *target = match attribute.value {
            Value::Int(number) => Some(number.to_string()),
            Value::String(text) => Some(shorten(&text)),
            _ => continue,
        };
    }
    code.or(statement).or(operation).or(error.filter(|_| has_failed(span)))
}

/// The message of a failed span: that of its status, else of its last exception.
pub fn error_message(span: &Span<'_>) -> Option<String> {
    if !has_failed(span) {
        return None;
    }
    failure_message(span).map(|message| shorten_middle(&message))
}

/// The message of the status, else of the last exception.
pub(crate) fn failure_message<'a>(span: &Span<'a>) -> Option<Cow<'a, str>> {
    let message = Some(span.status.message.clone()).filter(|message| !message.is_empty());
    message.or_else(|| exception_message(span))
}

fn exception_message<'a>(span: &Span<'a>) -> Option<Cow<'a, str>> {
    event_text(&exception(span)?, "exception.message")
}

/// The text of an event's attribute, if it has one that is not empty.
pub(crate) fn event_text<'a>(event: &Event<'a>, key: &str) -> Option<Cow<'a, str>> {
    event.attributes().find_map(|attribute| match attribute.value {
        Value::String(text) if attribute.key == key && !text.is_empty() => Some(text),
        _ => None,
    })
}

/// The last exception that the span records.
pub(crate) fn exception<'a>(span: &Span<'a>) -> Option<Event<'a>> {
    span.events().filter(|event| event.name == "exception").last()
}

fn has_failed(span: &Span<'_>) -> bool {
    span.status.code == StatusCode::Error
}

/// The first line, up to [`MAX_NOTE`] characters.
fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(MAX_NOTE) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or(line)),
        None => line.to_owned(),
    }
}

/// Leaves out the middle of a long message.
fn shorten_middle(text: &str) -> String {
    let head = text.char_indices().nth(MAX_MESSAGE_HEAD).map(|(at, _)| at);
    let tail = text.char_indices().nth_back(MAX_MESSAGE_TAIL).map(|(at, _)| at);
    match (head, tail) {
        (Some(head), Some(tail)) if head < tail => {
            format!("{} … {}", text.get(..head).unwrap_or_default(), text.get(tail..).unwrap_or_default())
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_keeps_its_beginning_and_more_of_its_end() {
        let long = format!("{}é{}", "a".repeat(5_000), "z".repeat(500));
        let short = shorten_middle(&long);
        assert!(short.starts_with("aaa") && short.ends_with("zzz") && short.contains(" … "));
        assert_eq!(short.chars().count(), MAX_MESSAGE_HEAD + 3 + MAX_MESSAGE_TAIL + 1);
        assert_eq!(shorten_middle("no money\nat all"), "no money\nat all");
    }
}
