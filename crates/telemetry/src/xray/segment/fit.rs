//! Cuts a document to the size that X-Ray accepts.

use serde_json::{Map, Value};

use crate::otlp::truncate_texts;

/// Bytes of a document. X-Ray accepts 64 kB, which leaves room for the header line in a datagram (at most 65,507 bytes).
pub(super) const MOST_BYTES: usize = 64_000;

/// Lengths to which texts are cut, one after the other, until the document fits.
const TEXT_LENGTHS: [usize; 2] = [1024, 256];

/// Fields that are left out, one after the other, when that is not enough.
const OPTIONAL: [&str; 5] = ["metadata", "links", "annotations", "cause", "sql"];

/// A document as bytes.
#[derive(Debug)]
pub(super) struct Fitted {
    pub(super) bytes: Vec<u8>,
    /// Whether something was left out.
    pub(super) is_cut: bool,
}

/// The document as bytes, at most [`MOST_BYTES`].
pub(super) fn fit(document: Map<String, Value>) -> Fitted {
    let mut document = Value::Object(document);
    let mut bytes = bytes_of(&document);
    let is_cut = bytes.len() > MOST_BYTES;
    for length in TEXT_LENGTHS {
        if bytes.len() <= MOST_BYTES {
            break;
        }
        truncate_texts(&mut document, length);
        bytes = bytes_of(&document);
    }
    for field in OPTIONAL {
        if bytes.len() <= MOST_BYTES {
            break;
        }
        if let Some(fields) = document.as_object_mut() {
            fields.remove(field);
        }
        bytes = bytes_of(&document);
    }
    Fitted { bytes, is_cut }
}

/// The length of a document in bytes.
pub(super) fn length(document: &Map<String, Value>) -> usize {
    serde_json::to_vec(document).map_or(0, |bytes| bytes.len())
}

fn bytes_of(document: &Value) -> Vec<u8> {
    // Keys are texts, and numbers finite: serialization cannot fail.
    serde_json::to_vec(document).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fitted(document: Value) -> (Value, bool) {
        let Value::Object(document) = document else { panic!("an object") };
        let Fitted { bytes, is_cut } = fit(document);
        assert!(bytes.len() <= MOST_BYTES, "{} bytes", bytes.len());
        (serde_json::from_slice(&bytes).expect("JSON"), is_cut)
    }

    #[test]
    fn a_document_that_fits_stays_as_it_is() {
        let document = json!({"name": "users", "sql": {"sanitized_query": "x".repeat(63_000)}});
        assert_eq!(fitted(document.clone()), (document, false));
    }

    #[test]
    fn long_texts_are_cut_before_fields_are_left_out() {
        let query = "é".repeat(64_000);
        let (cut, is_cut) =
            fitted(json!({"name": "users", "sql": {"sanitized_query": query}, "metadata": {}}));
        assert!(is_cut);
        assert_eq!(cut["sql"]["sanitized_query"].as_str().map(|text| text.chars().count()), Some(1024));
        assert!(cut["metadata"].is_object());
        let many: Vec<String> = vec!["\u{1}".repeat(256); 100];
        let (cut, _) =
            fitted(json!({"name": "users", "metadata": {"default": {"texts": many}}, "links": []}));
        assert_eq!(cut, json!({"name": "users", "links": []}));
    }
}
