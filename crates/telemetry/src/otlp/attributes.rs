//! The attributes of an open span, encoded as OTLP at the moment they are set.

use std::fmt::{self, Write};
use std::ops::Range;

use super::truncate::{truncate_value, truncated};
use super::value::AnyValueRef;
use super::wire::Buffer;

/// `Span.attributes`.
const FIELD: u32 = 9;

/// The tag of `KeyValue.key`.
const KEY: u8 = 1 << 3 | 2;

/// Bytes of capacity that a cleared span keeps for the next one.
const RETAINED_CAPACITY: usize = 4 * 1024;

/// The encoded attributes of a span, within the span's limits.
#[derive(Debug)]
pub(crate) struct Attributes {
    encoded: Buffer,
    count: usize,
    dropped: u32,
    max_count: usize,
    /// The limit of a text, in characters.
    value_length: Option<usize>,
    /// A buffer for formatted values: OTLP writes their length first.
    formatted: String,
}

impl Attributes {
    /// An empty set of at most `max_count` attributes, whose texts have at most `value_length` characters.
    pub(crate) fn new(max_count: usize, value_length: Option<usize>) -> Self {
        let (encoded, formatted) = Default::default();
        Self { encoded, count: 0, dropped: 0, max_count, value_length, formatted }
    }

    /// The encoded `Span.attributes` fields, one after the other.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.encoded.0
    }

    /// Whether the set has an attribute with this key.
    #[cfg(feature = "rollbar")]
    pub(crate) fn contains(&self, key: &str) -> bool {
        self.position(key.as_bytes()).is_some()
    }

    /// The number of attributes that exceeded the count limit.
    pub(crate) fn dropped(&self) -> u32 {
        self.dropped
    }

    /// Adds to the number of dropped attributes.
    pub(crate) fn add_dropped(&mut self, by: u32) {
        self.dropped = self.dropped.saturating_add(by);
    }

    /// Removes all attributes. Keeps at most `RETAINED_CAPACITY` bytes of memory.
    pub(crate) fn clear(&mut self) {
        self.encoded.0.clear();
        self.encoded.0.shrink_to(RETAINED_CAPACITY);
        self.formatted.clear();
        self.formatted.shrink_to(RETAINED_CAPACITY);
        self.count = 0;
        self.dropped = 0;
    }

    /// Adds an attribute whose key is not in the set yet.
    #[inline]
    pub(crate) fn add<'a>(&mut self, key: &str, value: impl Into<AnyValueRef<'a>>) {
        self.push(key, value.into());
    }

    /// Adds an attribute, or replaces the one with the same key.
    pub(crate) fn set<'a>(&mut self, key: &str, value: impl Into<AnyValueRef<'a>>) {
        self.remove(key.as_bytes());
        self.push(key, value.into());
    }

    /// Adds a formatted text under a key that is not in the set yet.
    pub(crate) fn add_formatted(&mut self, key: &str, value: fmt::Arguments<'_>) {
        self.add_formatted_to([key], value);
    }

    /// Adds a formatted text under each of `keys`, none of which is in the set yet.
    pub(crate) fn add_formatted_to<const KEYS: usize>(
        &mut self,
        keys: [&str; KEYS],
        value: fmt::Arguments<'_>,
    ) {
        let mut formatted = std::mem::take(&mut self.formatted);
        formatted.clear();
        // Writing to a String cannot fail. A value whose formatting fails keeps what it wrote until then.
        let _ = formatted.write_fmt(value);
        for key in keys {
            self.push(key, AnyValueRef::Text(&formatted));
        }
        self.formatted = formatted;
    }

    /// Sets all attributes of `others`, which were encoded within the same limits.
    pub(crate) fn merge(&mut self, others: &Self) {
        let mut rest = others.as_bytes();
        while let Some((length, key)) = first_attribute(rest) {
            let (attribute, behind) = rest.split_at(length);
            self.remove(key);
            if self.reserve_one() {
                self.encoded.0.extend_from_slice(attribute);
                self.count += 1;
            }
            rest = behind;
        }
        self.add_dropped(others.dropped);
    }

    /// The limit of a text, in characters.
    pub(super) fn value_length(&self) -> Option<usize> {
        self.value_length
    }

    /// Removes all attributes, and changes the limit of a text.
    pub(super) fn reset(&mut self, value_length: Option<usize>) {
        self.clear();
        self.value_length = value_length;
    }

    /// Adds all of `others`, whose keys are not in the set yet. Returns whether it did.
    ///
    /// It does not when they exceed the count limit, or were encoded with another limit of a text.
    #[inline]
    pub(super) fn append(&mut self, others: &Self) -> bool {
        let count = self.count + others.count;
        if count > self.max_count || self.value_length != others.value_length {
            return false;
        }
        self.encoded.0.extend_from_slice(&others.encoded.0);
        self.count = count;
        true
    }

    fn push(&mut self, key: &str, value: AnyValueRef<'_>) {
        if !self.reserve_one() {
            return;
        }
        match self.value_length {
            Some(length) => self.push_truncated(key, value, length),
            None => self.encoded.attribute(FIELD, key, value),
        }
        self.count += 1;
    }

    /// Whether one more attribute is within the limit. Counts it as dropped if it is not.
    fn reserve_one(&mut self) -> bool {
        let has_room = self.count < self.max_count;
        self.add_dropped(u32::from(!has_room));
        has_room
    }

    #[inline(never)]
    fn push_truncated(&mut self, key: &str, value: AnyValueRef<'_>, length: usize) {
        match value {
            AnyValueRef::Text(text) => {
                self.encoded.attribute(FIELD, key, AnyValueRef::Text(truncated(text, length)));
            }
            AnyValueRef::Value(value) => {
                let mut value = value.clone();
                truncate_value(&mut value, length);
                self.encoded.attribute(FIELD, key, AnyValueRef::Value(&value));
            }
            other => self.encoded.attribute(FIELD, key, other),
        }
    }

    fn remove(&mut self, key: &[u8]) {
        if let Some(range) = self.position(key) {
            self.encoded.0.drain(range);
            self.count -= 1;
        }
    }

    /// The byte range of the attribute with this key.
    fn position(&self, key: &[u8]) -> Option<Range<usize>> {
        let mut at = 0;
        while let Some((length, known)) = first_attribute(self.as_bytes().get(at..)?) {
            if known == key {
                return Some(at..at + length);
            }
            at += length;
        }
        None
    }
}

/// The length in bytes of the first attribute, and its key.
fn first_attribute(attributes: &[u8]) -> Option<(usize, &[u8])> {
    // Fast path: nearly all lengths take one byte.
    if let [_, length @ ..0x80, KEY, key @ ..0x80, rest @ ..] = attributes {
        return Some((usize::from(*length) + 2, rest.get(..usize::from(*key))?));
    }
    let (tag, rest) = attributes.split_first()?;
    debug_assert_eq!(u32::from(*tag) >> 3, FIELD);
    let (length, body) = length_and_rest(rest)?;
    let whole = attributes.len() - body.len() + length;
    let key = match body.split_first() {
        Some((&KEY, rest)) => {
            let (length, text) = length_and_rest(rest)?;
            text.get(..length)?
        }
        // An empty key is not encoded.
        _ => &[],
    };
    Some((whole, key))
}

fn length_and_rest(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut rest = bytes;
    let length = prost::decode_length_delimiter(&mut rest).ok()?;
    Some((length, rest))
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::any_value::Value as Read;
    use opentelemetry_proto::tonic::trace::v1::Span;
    use proptest::prelude::*;
    use prost::Message;

    use super::*;

    fn read(attributes: &Attributes) -> Vec<(String, String)> {
        let span = Span::decode(attributes.as_bytes()).expect("attributes of a span");
        let text = |value: Option<Read>| match value {
            Some(Read::StringValue(text)) => text,
            other => format!("{other:?}"),
        };
        span.attributes
            .into_iter()
            .map(|attribute| (attribute.key, text(attribute.value.and_then(|value| value.value))))
            .collect()
    }

    #[test]
    fn formatted_values_become_texts_and_do_not_affect_each_other() {
        let mut attributes = Attributes::new(8, Some(5));
        attributes.add_formatted("long", format_args!("{}{}", "some", "thing"));
        attributes.add_formatted("short", format_args!("{:?}", 7));
        assert_eq!(read(&attributes), [("long".into(), "somet".into()), ("short".into(), "7".into())]);
    }

    #[test]
    fn clear_releases_memory_above_the_retained_capacity() {
        let mut attributes = Attributes::new(8, None);
        attributes.add_formatted("long", format_args!("{:60000}", 7));
        attributes.clear();
        assert!(attributes.as_bytes().is_empty());
        assert!(
            attributes.encoded.0.capacity() <= RETAINED_CAPACITY
                && attributes.formatted.capacity() <= RETAINED_CAPACITY
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// A key of any length holds the value that was set last.
        #[test]
        fn a_key_occurs_once_with_the_value_set_last(
            set in prop::collection::vec(("(|[a-c]|k{125,135})", "x{0,3}|y{100,140}|z{16370,16390}"), 0..12),
            max_count in 0..6_usize,
            merged in any::<bool>(),
        ) {
            let (mut attributes, mut others) = (Attributes::new(max_count, None), Attributes::new(usize::MAX, None));
            let mut expected: Vec<(String, String)> = Vec::new();
            let mut dropped = 0;
            for (key, text) in set {
                if merged { others.set(&key, &text) } else { attributes.set(&key, &text) }
                expected.retain(|(known, _)| *known != key);
                if merged || expected.len() < max_count {
                    expected.push((key, text));
                } else {
                    dropped += 1;
                }
            }
            dropped += expected.len().saturating_sub(max_count);
            expected.truncate(max_count);
            attributes.merge(&others);
            prop_assert_eq!(read(&attributes), expected);
            prop_assert_eq!(attributes.dropped() as usize, dropped);
        }
    }
}
