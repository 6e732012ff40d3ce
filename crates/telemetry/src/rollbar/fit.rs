//! Cuts an item to the size that Rollbar accepts.

use serde_json::Value;

use crate::otlp::truncate_texts;

/// Rollbar refuses items above 1 MiB, and its own clients keep below half of it.
pub(super) const MAX_BYTES: usize = 512 * 1024;

/// Lengths to which texts are cut, one after the other, until the item fits.
const TEXT_LENGTHS: [usize; 4] = [16 * 1024, 1024, 512, 256];

/// The item as bytes, with its texts cut as far as needed; `None` when that is not enough.
pub(super) fn fit(mut item: Value) -> Option<Vec<u8>> {
    for length in TEXT_LENGTHS {
        let bytes = serde_json::to_vec(&item).ok()?;
        if bytes.len() <= MAX_BYTES {
            return Some(bytes);
        }
        truncate_texts(&mut item, length);
    }
    serde_json::to_vec(&item).ok().filter(|bytes| bytes.len() <= MAX_BYTES)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_long_text_is_cut_and_short_ones_stay() {
        let item = json!({"body": "é".repeat(MAX_BYTES), "level": "error"});
        let fitted: Value = serde_json::from_slice(&fit(item).expect("an item")).expect("JSON");
        assert_eq!(fitted["body"].as_str().map(|text| text.chars().count()), Some(16 * 1024));
        assert_eq!(fitted["level"], "error");
    }

    #[test]
    fn an_item_of_too_many_texts_does_not_fit() {
        let texts = vec!["x".repeat(256); MAX_BYTES / 256 + 1];
        assert_eq!(fit(json!(texts)), None);
    }
}
