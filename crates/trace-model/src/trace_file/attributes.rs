//! Attributes written as a plain JSON object: each value becomes an OTLP value of its JSON type.
//!
//! Everything is written while it is read, without a tree of values: a list of a million zeros needs no more memory than
//! its bytes.

use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::wire::{MAX_DEPTH, Writer};

/// Writes the members of an object as `KeyValue` messages. `null` has none.
pub(super) fn write(
    object: Option<&RawValue>,
    number: u32,
    out: &mut Writer,
) -> Result<(), serde_json::Error> {
    let Some(object) = object else { return Ok(()) };
    serde_json::Deserializer::from_str(object.get()).deserialize_any(Members { number, depth: 0, out })
}

/// Writes a JSON value as the fields of an `AnyValue`.
pub(super) fn write_value(value: &RawValue, out: &mut Writer) -> Result<(), serde_json::Error> {
    Value { depth: 0, out }.deserialize(&mut serde_json::Deserializer::from_str(value.get()))
}

/// Writes one `KeyValue` with a string.
pub(super) fn write_text(number: u32, key: &str, text: &str, out: &mut Writer) {
    let key_value = out.begin(number);
    out.bytes(1, key.as_bytes());
    let value = out.begin(2);
    out.bytes(1, text.as_bytes());
    out.end(value);
    out.end(key_value);
}

struct Members<'w> {
    number: u32,
    depth: u8,
    out: &'w mut Writer,
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of attributes")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            let key_value = self.out.begin(self.number);
            self.out.bytes(1, key.as_bytes());
            let value = self.out.begin(2);
            map.next_value_seed(Value { depth: self.depth, out: &mut *self.out })?;
            self.out.end(value);
            self.out.end(key_value);
        }
        Ok(())
    }
}

/// Writes the fields of one `AnyValue`.
struct Value<'w> {
    depth: u8,
    out: &'w mut Writer,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        // One level more than a span may have: the decoder then rejects the span, and not the file.
        if self.depth > MAX_DEPTH {
            return serde::Deserialize::deserialize(json).map(|serde::de::IgnoredAny| ());
        }
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of an attribute")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, bit: bool) -> Result<(), E> {
        self.out.varint(2, u64::from(bit));
        Ok(())
    }

    fn visit_i64<E>(self, int: i64) -> Result<(), E> {
        self.out.varint(3, int.cast_unsigned());
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "above i64::MAX: the nearest double")]
    fn visit_u64<E: serde::de::Error>(self, int: u64) -> Result<(), E> {
        match i64::try_from(int) {
            Ok(int) => self.visit_i64(int),
            Err(_) => self.visit_f64(int as f64),
        }
    }

    fn visit_f64<E>(self, double: f64) -> Result<(), E> {
        self.out.fixed64(4, double.to_bits());
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.out.bytes(1, text.as_bytes());
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let array = self.out.begin(5);
        loop {
            let before = self.out.len();
            let value = self.out.begin(1);
            if list.next_element_seed(Value { depth: self.depth + 1, out: &mut *self.out })?.is_none() {
                self.out.truncate(before);
                break;
            }
            self.out.end(value);
        }
        self.out.end(array);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let list = self.out.begin(6);
        Members { number: 1, depth: self.depth + 1, out: &mut *self.out }.visit_map(map)?;
        self.out.end(list);
        Ok(())
    }
}
