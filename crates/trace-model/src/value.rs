//! Attributes and their values, decoded on demand.
//!
//! Field numbers: `opentelemetry/proto/common/v1/common.proto`.

use std::borrow::Cow;

use crate::wire::{Field, MAX_DEPTH, Reader, WireError};

/// An `AnyValue`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    Empty,
    String(Cow<'a, str>),
    Bool(bool),
    Int(i64),
    Double(f64),
    Bytes(&'a [u8]),
    Array(Array<'a>),
    Map(Map<'a>),
}

/// A `KeyValue`.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute<'a> {
    pub key: Cow<'a, str>,
    pub value: Value<'a>,
}

/// An undecoded `ArrayValue`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Array<'a> {
    raw: &'a [u8],
    depth: u8,
}

/// An undecoded `KeyValueList`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Map<'a> {
    raw: &'a [u8],
    depth: u8,
}

impl<'a> Array<'a> {
    pub fn iter(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let depth = self.depth;
        submessages(self.raw, 1).map(move |raw| Value::decode_at(raw, depth))
    }
}

impl<'a> Map<'a> {
    pub fn iter(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        let depth = self.depth;
        submessages(self.raw, 1).map(move |raw| Attribute::decode_at(raw, depth))
    }
}

impl<'a> Value<'a> {
    /// Decodes an `AnyValue` that passed [`check_value`]. Malformed fields are skipped.
    pub(crate) fn decode(raw: &'a [u8]) -> Self {
        Self::decode_at(raw, 0)
    }

    fn decode_at(raw: &'a [u8], depth: u8) -> Self {
        let mut value = Value::Empty;
        for field in Reader::new(raw).map_while(Result::ok) {
            let below = depth + 1;
            value = match field.number {
                1 => field.bytes().map_or(Value::Empty, |raw| Value::String(lossy_text(raw))),
                2 => field.varint().map_or(Value::Empty, |bit| Value::Bool(bit != 0)),
                3 => field.varint().map_or(Value::Empty, |int| Value::Int(int.cast_signed())),
                4 => field.fixed64().map_or(Value::Empty, |bits| Value::Double(f64::from_bits(bits))),
                5 if below < MAX_DEPTH => {
                    field.bytes().map_or(Value::Empty, |raw| Value::Array(Array { raw, depth: below }))
                }
                6 if below < MAX_DEPTH => {
                    field.bytes().map_or(Value::Empty, |raw| Value::Map(Map { raw, depth: below }))
                }
                7 => field.bytes().map_or(Value::Empty, Value::Bytes),
                _ => continue,
            };
        }
        value
    }

    /// The text of a string value.
    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(text) = self { Some(text) } else { None }
    }
}

impl<'a> Attribute<'a> {
    /// Decodes a `KeyValue` that passed [`check_attribute`]. Malformed fields are skipped.
    pub fn decode(raw: &'a [u8]) -> Self {
        Self::decode_at(raw, 0)
    }

    fn decode_at(raw: &'a [u8], depth: u8) -> Self {
        let mut attribute = Self { key: Cow::Borrowed(""), value: Value::Empty };
        for field in Reader::new(raw).map_while(Result::ok) {
            match (field.number, field.bytes()) {
                (1, Ok(key)) => attribute.key = lossy_text(key),
                (2, Ok(value)) => attribute.value = Value::decode_at(value, depth),
                _ => {}
            }
        }
        attribute
    }
}

/// The key of an encoded `KeyValue`: its first field, after tag and length, as every encoder writes it. Keys whose length
/// takes more than one byte are not recognised; no caller looks for one.
#[inline]
pub fn raw_key(raw: &[u8]) -> Option<&[u8]> {
    raw.get(2..2 + usize::from(*raw.get(1)?))
}

/// How a valid attribute is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As [`canonical`](crate::canonical) encodes it.
    Canonical,
    /// Perhaps in another way.
    Other,
}

/// Fully validates a `KeyValue`.
///
/// # Errors
/// [`WireError`] at the first malformed field.
pub fn check_attribute(raw: &[u8]) -> Result<Encoding, WireError> {
    if is_canonical(raw) {
        return Ok(Encoding::Canonical);
    }
    check_key_value(raw, 0)?;
    Ok(Encoding::Other)
}

/// Whether it is the canonical encoding of a scalar value, as senders encode nearly all. Text is not tested for UTF-8.
pub(crate) fn is_canonical(raw: &[u8]) -> bool {
    is_canonical_short(raw) || is_canonical_text(raw)
}

/// Fast path of the validation. True for the canonical encoding of a key and a string, bool, int or double, each shorter
/// than 128 bytes, as in most attributes.
fn is_canonical_short(raw: &[u8]) -> bool {
    let [0x0a, key_len @ 0..0x80, rest @ ..] = raw else { return false };
    let Some([0x12, value_len @ 0..0x80, value @ ..]) = rest.get(usize::from(*key_len)..) else {
        return false;
    };
    if value.len() != usize::from(*value_len) {
        return false;
    }
    match value {
        [0x0a, text_len @ 0..0x80, text @ ..] => text.len() == usize::from(*text_len),
        [0x10, 0 | 1] | [0x18, 0..0x80] => true,
        [0x18, more @ .., last @ 1..0x80] => {
            // The tenth byte has one bit.
            let has_room = more.len() < 9 || more.len() == 9 && *last == 1;
            has_room && more.iter().all(|byte| *byte >= 0x80)
        }
        [0x21, double @ ..] => {
            double.try_into().is_ok_and(|bytes| is_canonical_double(f64::from_le_bytes(bytes)))
        }
        _ => false,
    }
}

/// Fast path for a string shorter than 16 KiB, such as a statement or a URL. True for its canonical encoding.
fn is_canonical_text(raw: &[u8]) -> bool {
    let Some((_, rest)) = short_bytes(0x0a, raw) else { return false };
    let Some((value, [])) = short_bytes(0x12, rest) else { return false };
    matches!(short_bytes(0x0a, value), Some((_, [])))
}

/// The bytes of a field, and what follows it. `None` if the tag is another one, or the length takes more bytes than it
/// has to, or more than two.
fn short_bytes(tag: u8, raw: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, rest) = raw.split_first()?;
    let (len, rest) = match rest {
        [len @ 0..0x80, rest @ ..] => (usize::from(*len), rest),
        [low, high @ 1..0x80, rest @ ..] => (usize::from(low & 0x7f) | usize::from(*high) << 7, rest),
        _ => return None,
    };
    if *first == tag { rest.split_at_checked(len) } else { None }
}

fn is_canonical_double(double: f64) -> bool {
    !double.is_nan() || double.to_bits() == f64::NAN.to_bits()
}

fn check_key_value(raw: &[u8], depth: u8) -> Result<(), WireError> {
    for field in Reader::new(raw) {
        let field = field?;
        match field.number {
            1 => drop(field.bytes()?),
            2 => check_value_at(field.bytes()?, depth)?,
            _ => {}
        }
    }
    Ok(())
}

/// Fully validates an `AnyValue`.
///
/// # Errors
/// [`WireError`] at the first malformed field.
pub(crate) fn check_value(raw: &[u8]) -> Result<(), WireError> {
    check_value_at(raw, 0)
}

fn check_value_at(raw: &[u8], depth: u8) -> Result<(), WireError> {
    for field in Reader::new(raw) {
        let field = field?;
        match field.number {
            1 | 7 => drop(field.bytes()?),
            2 | 3 => drop(field.varint()?),
            4 => drop(field.fixed64()?),
            5 => check_children(field, depth, check_value_at)?,
            6 => check_children(field, depth, check_key_value)?,
            _ => {}
        }
    }
    Ok(())
}

fn check_children(
    field: Field<'_>,
    depth: u8,
    check: fn(&[u8], u8) -> Result<(), WireError>,
) -> Result<(), WireError> {
    let below = depth + 1;
    if below >= MAX_DEPTH {
        return Err(WireError::TooDeep);
    }
    for child in Reader::new(field.bytes()?) {
        let child = child?;
        if child.number == 1 {
            check(child.bytes()?, below)?;
        }
    }
    Ok(())
}

/// Iterates over the length-delimited fields with this number. Ends at the first error.
pub(crate) fn submessages(raw: &[u8], number: u32) -> impl Iterator<Item = &[u8]> {
    Reader::new(raw)
        .map_while(Result::ok)
        .filter(move |field| field.number == number)
        .filter_map(|field| field.bytes().ok())
}

/// The bytes as text. Invalid UTF-8 becomes U+FFFD.
pub(crate) fn lossy_text(raw: &[u8]) -> Cow<'_, str> {
    // Nearly all strings are valid UTF-8, and validating is faster than the lossy conversion.
    str::from_utf8(raw).map_or_else(|_| String::from_utf8_lossy(raw), Cow::Borrowed)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::wire::Writer;

    fn attribute() -> impl Strategy<Value = Vec<u8>> {
        (vec(any::<u8>(), 0..130), 1..8_u32, any::<u64>(), vec(any::<u8>(), 0..130)).prop_map(
            |(key, number, bits, text)| {
                let mut out = Writer::new();
                out.bytes(1, &key);
                let value = out.begin(2);
                match number {
                    2 | 3 => out.varint(number, bits),
                    4 => out.fixed64(number, bits),
                    _ => out.bytes(number, &text),
                }
                out.end(value);
                out.into_bytes()
            },
        )
    }

    proptest! {
        #[test]
        fn canonical_attributes_are_valid(
            mut bytes in attribute(),
            index in any::<prop::sample::Index>(),
            byte in prop::option::of(any::<u8>()),
        ) {
            if let Some(byte) = byte {
                let index = index.index(bytes.len());
                bytes[index] = byte;
            }
            prop_assert!(!is_canonical_short(&bytes) || check_key_value(&bytes, 0).is_ok());
        }
    }

    #[test]
    fn short_values_of_every_scalar_type_are_canonical() {
        let written: [fn(&mut Writer); 4] = [
            |out| out.bytes(1, b"text"),
            |out| out.varint(2, 1),
            |out| out.varint(3, u64::MAX),
            |out| out.fixed64(4, 0.5_f64.to_bits()),
        ];
        for write in written {
            let mut out = Writer::new();
            out.bytes(1, b"key");
            let value = out.begin(2);
            write(&mut out);
            out.end(value);
            assert!(is_canonical_short(&out.into_bytes()));
        }
    }
}
