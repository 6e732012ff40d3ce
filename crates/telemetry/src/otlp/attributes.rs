//! The attributes of an open span, written as they will be sent where they are said: nothing is kept of them in between.

use std::fmt::{self, Write};
use std::ops::Range;

use opentelemetry::{Array, StringValue, Value};

use super::value::AnyValueRef;
use super::wire::Buffer;

/// `Span.attributes`.
const FIELD: u32 = 9;

/// `KeyValue.key`, as its tag.
const KEY: u8 = 1 << 3 | 2;

/// Bytes that stay with a span whose memory serves the next one.
const RETAINED_CAPACITY: usize = 4 * 1024;

/// The attributes of a span, no more and none longer than its limits allow.
#[derive(Debug)]
pub(crate) struct Attributes {
    written: Buffer,
    count: usize,
    dropped: u32,
    most: usize,
    /// In characters.
    value_length: Option<usize>,
    /// Where what is formatted stands before its length is known.
    formatted: String,
}

impl Attributes {
    /// None yet, and `most` at most, whose texts have no more than `value_length` characters.
    pub(crate) fn new(most: usize, value_length: Option<usize>) -> Self {
        let (written, formatted) = Default::default();
        Self { written, count: 0, dropped: 0, most, value_length, formatted }
    }

    /// `Span.attributes`, field after field.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.written.0
    }

    /// How many found no room.
    pub(crate) fn dropped(&self) -> u32 {
        self.dropped
    }

    /// Counts some that somebody else found no room for.
    pub(crate) fn add_dropped(&mut self, by: u32) {
        self.dropped = self.dropped.saturating_add(by);
    }

    /// Forgets them, and keeps their memory unless it grew out of the ordinary.
    pub(crate) fn clear(&mut self) {
        self.written.0.clear();
        self.written.0.shrink_to(RETAINED_CAPACITY);
        self.formatted.clear();
        self.formatted.shrink_to(RETAINED_CAPACITY);
        self.count = 0;
        self.dropped = 0;
    }

    /// Adds an attribute that is known not to be there yet.
    #[inline]
    pub(crate) fn add<'a>(&mut self, key: &str, said: impl Into<AnyValueRef<'a>>) {
        self.push(key, said.into());
    }

    /// Adds an attribute, or replaces the one of the same key.
    pub(crate) fn set<'a>(&mut self, key: &str, said: impl Into<AnyValueRef<'a>>) {
        self.remove(key.as_bytes());
        self.push(key, said.into());
    }

    /// Adds what `value` is when it is formatted, under a key that is known not to be there yet.
    pub(crate) fn add_formatted(&mut self, key: &str, value: fmt::Arguments<'_>) {
        self.add_formatted_to([key], value);
    }

    /// The same, under each of these keys.
    pub(crate) fn add_formatted_to<const KEYS: usize>(
        &mut self,
        keys: [&str; KEYS],
        value: fmt::Arguments<'_>,
    ) {
        let mut formatted = std::mem::take(&mut self.formatted);
        formatted.clear();
        // Writing to a String cannot fail; what cannot say itself says what it can.
        let _ = formatted.write_fmt(value);
        for key in keys {
            self.push(key, AnyValueRef::Text(&formatted));
        }
        self.formatted = formatted;
    }

    /// Takes those of `others`, which were said under the same limits; of two of the same key, theirs.
    pub(crate) fn merge(&mut self, others: &Self) {
        let mut rest = others.as_bytes();
        while let Some((length, key)) = first_attribute(rest) {
            let (attribute, behind) = rest.split_at(length);
            self.remove(key);
            if self.reserve_one() {
                self.written.0.extend_from_slice(attribute);
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

    /// Forgets them, for others under this limit.
    pub(super) fn reset(&mut self, value_length: Option<usize>) {
        self.clear();
        self.value_length = value_length;
    }

    /// Adds all of `others`, whose keys are known not to be there yet, if there is room for all and they were written under the
    /// same limit of a text; says whether it did.
    #[inline]
    pub(super) fn append(&mut self, others: &Self) -> bool {
        let count = self.count + others.count;
        if count > self.most || self.value_length != others.value_length {
            return false;
        }
        self.written.0.extend_from_slice(&others.written.0);
        self.count = count;
        true
    }

    fn push(&mut self, key: &str, said: AnyValueRef<'_>) {
        if !self.reserve_one() {
            return;
        }
        match self.value_length {
            Some(most) => self.push_truncated(key, said, most),
            None => self.written.attribute(FIELD, key, said),
        }
        self.count += 1;
    }

    /// Counts what there is none for.
    fn reserve_one(&mut self) -> bool {
        let reserve_one = self.count < self.most;
        self.add_dropped(u32::from(!reserve_one));
        reserve_one
    }

    fn push_truncated(&mut self, key: &str, said: AnyValueRef<'_>, most: usize) {
        match said {
            AnyValueRef::Text(text) => {
                self.written.attribute(FIELD, key, AnyValueRef::Text(truncated(text, most)));
            }
            AnyValueRef::Value(value) => {
                let mut value = value.clone();
                truncate_value(&mut value, most);
                self.written.attribute(FIELD, key, AnyValueRef::Value(&value));
            }
            other => self.written.attribute(FIELD, key, other),
        }
    }

    fn remove(&mut self, key: &[u8]) {
        if let Some(range) = self.position(key) {
            self.written.0.drain(range);
            self.count -= 1;
        }
    }

    /// Where the attribute of this key is.
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

/// The first of some attributes: how many bytes it takes, and its key.
fn first_attribute(attributes: &[u8]) -> Option<(usize, &[u8])> {
    // Nearly all lengths take one byte.
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
        // An empty one is not written.
        _ => &[],
    };
    Some((whole, key))
}

fn length_and_rest(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut rest = bytes;
    let length = prost::decode_length_delimiter(&mut rest).ok()?;
    Some((length, rest))
}

/// Its first `most` characters.
fn truncated(text: &str, most: usize) -> &str {
    // No character takes less than a byte.
    if text.len() <= most {
        return text;
    }
    text.char_indices().nth(most).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// Leaves `most` characters of each text in it.
pub(crate) fn truncate_value(value: &mut Value, most: usize) {
    match value {
        Value::String(text) => truncate_text(text, most),
        Value::Array(Array::String(texts)) => texts.iter_mut().for_each(|text| truncate_text(text, most)),
        _ => {}
    }
}

fn truncate_text(text: &mut StringValue, most: usize) {
    let kept = truncated(text.as_str(), most);
    if kept.len() < text.as_str().len() {
        *text = kept.to_owned().into();
    }
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
    fn what_is_formatted_is_text_and_leaves_nothing_behind() {
        let mut attributes = Attributes::new(8, Some(5));
        attributes.add_formatted("long", format_args!("{}{}", "some", "thing"));
        attributes.add_formatted("short", format_args!("{:?}", 7));
        assert_eq!(read(&attributes), [("long".into(), "somet".into()), ("short".into(), "7".into())]);
    }

    #[test]
    fn what_grew_out_of_the_ordinary_is_given_back() {
        let mut attributes = Attributes::new(8, None);
        attributes.add_formatted("long", format_args!("{:60000}", 7));
        attributes.clear();
        assert!(attributes.as_bytes().is_empty());
        assert!(
            attributes.written.0.capacity() <= RETAINED_CAPACITY
                && attributes.formatted.capacity() <= RETAINED_CAPACITY
        );
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(
            [truncated("aä€b", 0), truncated("aä€b", 2), truncated("aä€b", 3), truncated("aä€b", 9)],
            ["", "aä", "aä€", "aä€b"]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// What was set last under a key is what is there, whatever its length.
        #[test]
        fn a_key_is_there_once_with_what_was_said_last(
            said in prop::collection::vec(("(|[a-c]|k{125,135})", "x{0,3}|y{100,140}|z{16370,16390}"), 0..12),
            most in 0..6_usize,
            apart in any::<bool>(),
        ) {
            let (mut attributes, mut others) = (Attributes::new(most, None), Attributes::new(usize::MAX, None));
            let mut expected: Vec<(String, String)> = Vec::new();
            let mut dropped = 0;
            for (key, text) in said {
                if apart { others.set(&key, &text) } else { attributes.set(&key, &text) }
                expected.retain(|(known, _)| *known != key);
                if apart || expected.len() < most {
                    expected.push((key, text));
                } else {
                    dropped += 1;
                }
            }
            dropped += expected.len().saturating_sub(most);
            expected.truncate(most);
            attributes.merge(&others);
            prop_assert_eq!(read(&attributes), expected);
            prop_assert_eq!(attributes.dropped() as usize, dropped);
        }
    }
}
