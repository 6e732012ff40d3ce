//! Truncates texts to a number of characters.

use opentelemetry::{Array, StringValue, Value};

/// The first `length` characters of `text`.
pub(crate) fn truncated(text: &str, length: usize) -> &str {
    // A character takes at least one byte.
    if text.len() <= length {
        return text;
    }
    text.char_indices().nth(length).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
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
}
