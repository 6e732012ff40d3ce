//! Truncates texts to a number of characters or bytes.

use opentelemetry::{Array, StringValue, Value};

/// The first `length` characters of `text`.
pub(crate) fn truncated(text: &str, length: usize) -> &str {
    // A character takes at least one byte.
    if text.len() <= length {
        return text;
    }
    text.char_indices().nth(length).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// The longest beginning of `text` that has at most `length` bytes and ends between characters.
pub(crate) fn truncated_to_bytes(text: &str, length: usize) -> &str {
    // As `str::floor_char_boundary`, which needs Rust 1.91. Each text has a boundary at 0.
    let mut end = length.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Characters that are recorded of a text which a client chose: its path, query, method, `Host` and `User-Agent`. Longer ones
/// would fill the queue of spans, and batches could not be sent.
pub(crate) const CLIENT_TEXT_LENGTH: usize = 2_048;

/// What is recorded of a text which a client chose.
#[inline]
pub(crate) fn client_text(text: &str) -> &str {
    truncated(text, CLIENT_TEXT_LENGTH)
}

/// Truncates every text of a JSON value to `length` characters, at any depth. The depth is that of what the caller made.
#[cfg(any(feature = "rollbar", feature = "xray"))]
pub(crate) fn truncate_texts(value: &mut serde_json::Value, length: usize) {
    match value {
        serde_json::Value::String(text) => {
            let kept = truncated(text, length).len();
            text.truncate(kept);
        }
        serde_json::Value::Array(values) => values.iter_mut().for_each(|value| truncate_texts(value, length)),
        serde_json::Value::Object(fields) => {
            fields.values_mut().for_each(|value| truncate_texts(value, length));
        }
        _ => {}
    }
}

/// Truncates each text in `value` to `length` characters.
pub(super) fn truncate_value(value: &mut Value, length: usize) {
    match value {
        Value::String(text) => truncate_text(text, length),
        Value::Array(Array::String(texts)) => texts.iter_mut().for_each(|text| truncate_text(text, length)),
        _ => {}
    }
}

fn truncate_text(text: &mut StringValue, length: usize) {
    let kept = truncated(text.as_str(), length);
    if kept.len() < text.as_str().len() {
        *text = kept.to_owned().into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_truncated_between_characters() {
        assert_eq!(
            [truncated("aä€b", 0), truncated("aä€b", 2), truncated("aä€b", 3), truncated("aä€b", 9)],
            ["", "aä", "aä€", "aä€b"]
        );
    }

    #[test]
    fn a_text_is_truncated_to_bytes_between_characters() {
        let text = "aä€🦀b";
        let kept: Vec<&str> = (0..=12).map(|length| truncated_to_bytes(text, length)).collect();
        let expected =
            ["", "a", "a", "aä", "aä", "aä", "aä€", "aä€", "aä€", "aä€", "aä€🦀", "aä€🦀b", "aä€🦀b"];
        assert_eq!(kept, expected);
        assert_eq!(truncated_to_bytes(text, usize::MAX), text);
        assert_eq!(truncated_to_bytes("", 5), "");
    }
}
