//! The subset of the protobuf wire format that OTLP needs: a reader that accepts any bytes, and a writer.
//!
//! Specification: <https://protobuf.dev/programming-guides/encoding/>. Groups (wire types 3 and 4) are an error:
//! no OTLP message has one.

use thiserror::Error;

/// Deepest nesting of arrays and maps. The official decoders stop at 100 messages, two per level.
pub const MAX_DEPTH: u8 = 48;

/// Why bytes are not a valid protobuf message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WireError {
    #[error("the message ends inside a field")]
    Truncated,
    #[error("a varint is longer than ten bytes")]
    VarintTooLong,
    #[error("field number {0} is not allowed")]
    FieldNumber(u64),
    #[error("unknown wire type {0}")]
    WireType(u8),
    #[error("field {0} has the wrong wire type")]
    UnexpectedWireType(u32),
    #[error("values are nested deeper than {} levels", MAX_DEPTH)]
    TooDeep,
}

/// The value of a field on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldValue<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
}

/// A field: its number and value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    pub number: u32,
    pub value: FieldValue<'a>,
}

impl<'a> Field<'a> {
    /// # Errors
    /// [`WireError::UnexpectedWireType`] when the field is not length-delimited.
    pub fn bytes(self) -> Result<&'a [u8], WireError> {
        if let FieldValue::Bytes(bytes) = self.value {
            Ok(bytes)
        } else {
            Err(WireError::UnexpectedWireType(self.number))
        }
    }

    /// # Errors
    /// [`WireError::UnexpectedWireType`] when the field is not a varint.
    pub fn varint(self) -> Result<u64, WireError> {
        if let FieldValue::Varint(value) = self.value {
            Ok(value)
        } else {
            Err(WireError::UnexpectedWireType(self.number))
        }
    }

    /// # Errors
    /// [`WireError::UnexpectedWireType`] when the field is not eight fixed bytes.
    pub fn fixed64(self) -> Result<u64, WireError> {
        if let FieldValue::Fixed64(value) = self.value {
            Ok(value)
        } else {
            Err(WireError::UnexpectedWireType(self.number))
        }
    }

    /// # Errors
    /// [`WireError::UnexpectedWireType`] when the field is not four fixed bytes.
    pub fn fixed32(self) -> Result<u32, WireError> {
        if let FieldValue::Fixed32(value) = self.value {
            Ok(value)
        } else {
            Err(WireError::UnexpectedWireType(self.number))
        }
    }
}

/// Iterates over the fields of one message in wire order. Ends after the first error.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub const fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn varint(&mut self) -> Result<u64, WireError> {
        // Fast path: most varints are tags and short lengths of one byte.
        if let [byte @ 0..0x80, rest @ ..] = self.rest {
            self.rest = rest;
            return Ok(u64::from(*byte));
        }
        let mut value = 0_u64;
        for (index, byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if *byte < 0x80 {
                self.rest = self.rest.get(index + 1..).unwrap_or_default();
                return Ok(value);
            }
        }
        Err(if self.rest.len() < 10 { WireError::Truncated } else { WireError::VarintTooLong })
    }

    fn take(&mut self, len: u64) -> Result<&'a [u8], WireError> {
        let len = usize::try_from(len).map_err(|_| WireError::Truncated)?;
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(WireError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(WireError::Truncated)?;
        self.rest = rest;
        Ok(*array)
    }

    /// Fast path for common fields, `None` for others. It takes field numbers below 16 with a value that is
    /// shorter than 16 KiB, a one-byte varint, or a fixed64.
    #[inline]
    fn fast_field(&mut self) -> Option<Field<'a>> {
        let [tag @ 0x08..0x80, rest @ ..] = self.rest else { return None };
        let (field, rest) = match tag & 7 {
            2 => {
                let (len, rest) = match rest {
                    [len @ 0..0x80, rest @ ..] => (usize::from(*len), rest),
                    [low, high @ 0..0x80, rest @ ..] => {
                        (usize::from(low & 0x7f) | usize::from(*high) << 7, rest)
                    }
                    _ => return None,
                };
                let (taken, rest) = rest.split_at_checked(len)?;
                (FieldValue::Bytes(taken), rest)
            }
            1 => {
                let (number, rest) = rest.split_first_chunk()?;
                (FieldValue::Fixed64(u64::from_le_bytes(*number)), rest)
            }
            0 => {
                let [number @ 0..0x80, rest @ ..] = rest else { return None };
                (FieldValue::Varint(u64::from(*number)), rest)
            }
            _ => return None,
        };
        self.rest = rest;
        Some(Field { number: u32::from(tag >> 3), value: field })
    }

    /// Reads any field. `None` at the end of the message.
    #[inline(never)]
    fn slow_field(&mut self) -> Option<Result<Field<'a>, WireError>> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }

    fn field(&mut self) -> Result<Field<'a>, WireError> {
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3)
            .ok()
            .filter(|number| (1..1 << 29).contains(number))
            .ok_or(WireError::FieldNumber(tag >> 3))?;
        let field = match tag & 7 {
            0 => FieldValue::Varint(self.varint()?),
            1 => FieldValue::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let len = self.varint()?;
                FieldValue::Bytes(self.take(len)?)
            }
            5 => FieldValue::Fixed32(u32::from_le_bytes(self.array()?)),
            other => return Err(WireError::WireType(u8::try_from(other).unwrap_or(7))),
        };
        Ok(Field { number, value: field })
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Result<Field<'a>, WireError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        self.fast_field().map_or_else(|| self.slow_field(), |field| Some(Ok(field)))
    }
}

/// Appends fields to a buffer. Nested messages are written in place; their length is inserted at the end.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Number of bytes written.
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Discards everything after the first `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.bytes.truncate(len);
    }

    fn raw_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(low_seven_bits(value) | 0x80);
            value >>= 7;
        }
        self.bytes.push(low_seven_bits(value));
    }

    pub fn varint(&mut self, number: u32, value: u64) {
        self.raw_varint(u64::from(number) << 3);
        self.raw_varint(value);
    }

    pub fn fixed64(&mut self, number: u32, value: u64) {
        self.raw_varint(u64::from(number) << 3 | 1);
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// Writes a time, unless it is unset.
    pub(crate) fn time(&mut self, number: u32, nanos: u64) {
        if nanos != 0 {
            self.fixed64(number, nanos);
        }
    }

    pub fn fixed32(&mut self, number: u32, value: u32) {
        self.raw_varint(u64::from(number) << 3 | 5);
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub fn bytes(&mut self, number: u32, value: &[u8]) {
        self.raw_varint(u64::from(number) << 3 | 2);
        self.raw_varint(value.len() as u64);
        self.bytes.extend_from_slice(value);
    }

    /// Starts a nested message. Pass the result to [`Self::end`].
    pub fn begin(&mut self, number: u32) -> Nested {
        self.raw_varint(u64::from(number) << 3 | 2);
        Nested { start: self.bytes.len() }
    }

    /// Ends the innermost nested message and inserts its length in front of it.
    #[expect(clippy::needless_pass_by_value, reason = "a nested message ends once")]
    pub fn end(&mut self, nested: Nested) {
        let len = self.bytes.len().saturating_sub(nested.start) as u64;
        let tail = self.bytes.len();
        self.raw_varint(len);
        let prefix = self.bytes.len() - tail;
        if let Some(message) = self.bytes.get_mut(nested.start..) {
            message.rotate_right(prefix);
        }
    }
}

/// A nested message that has been started.
#[derive(Debug)]
#[must_use]
pub struct Nested {
    start: usize,
}

/// The value of a protobuf `uint32`: the low 32 bits of its varint.
pub(crate) fn truncate_to_u32(value: u64) -> u32 {
    u32::try_from(value & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}

fn low_seven_bits(value: u64) -> u8 {
    u8::try_from(value & 0x7f).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// Reads a message without the fast path.
    fn fields(bytes: &[u8]) -> Vec<Result<Field<'_>, WireError>> {
        let mut reader = Reader::new(bytes);
        std::iter::from_fn(|| reader.slow_field()).collect()
    }

    fn message() -> impl Strategy<Value = Vec<u8>> {
        let field = (1..20_u32, vec(any::<u8>(), 0..140), any::<u64>(), 0..4_u8);
        vec(field, 0..12).prop_map(|fields| {
            let mut writer = Writer::new();
            for (number, bytes, value, kind) in fields {
                match kind {
                    0 => writer.varint(number, value),
                    1 => writer.fixed64(number, value),
                    _ => writer.bytes(number, &bytes),
                }
            }
            writer.into_bytes()
        })
    }

    proptest! {
        #[test]
        fn the_fast_path_reads_the_same_as_the_slow_path(
            bytes in prop_oneof![vec(any::<u8>(), 0..64), message()],
            cut in any::<prop::sample::Index>(),
        ) {
            let bytes = &bytes[..bytes.len() - cut.index(bytes.len() + 1)];
            prop_assert_eq!(Reader::new(bytes).collect::<Vec<_>>(), fields(bytes));
        }
    }
}
