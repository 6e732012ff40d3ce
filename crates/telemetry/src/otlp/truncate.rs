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
