//! The protobuf wire format, no more of it than OTLP needs: a reader that answers for any bytes, and a writer.
//!
//! Source of the rules: <https://protobuf.dev/programming-guides/encoding/>. Groups (wire types 3 and 4) are an
//! error: no OTLP message ever had one.

use thiserror::Error;

/// Why bytes are not a protobuf message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WireError {
    #[error("the message ends inside a field")]
    Truncated,
    #[error("a number is longer than ten bytes")]
    LongVarint,
    #[error("field number {0} is not allowed")]
    FieldNumber(u64),
    #[error("wire type {0} is not in use")]
    WireType(u8),
    #[error("field {0} has another type than OTLP gives it")]
    Mismatch(u32),
    #[error("values are nested deeper than {} levels", crate::value::MAX_DEPTH)]
    TooDeep,
}

/// One field's value as it stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
}

/// A field and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tagged<'a> {
    pub number: u32,
    pub field: Field<'a>,
}

impl<'a> Tagged<'a> {
    /// # Errors
    /// [`WireError::Mismatch`] when the field is not length-delimited.
    pub fn bytes(self) -> Result<&'a [u8], WireError> {
        if let Field::Bytes(bytes) = self.field { Ok(bytes) } else { Err(WireError::Mismatch(self.number)) }
    }

    /// # Errors
    /// [`WireError::Mismatch`] when the field is not a varint.
    pub fn varint(self) -> Result<u64, WireError> {
        if let Field::Varint(value) = self.field { Ok(value) } else { Err(WireError::Mismatch(self.number)) }
    }

    /// # Errors
    /// [`WireError::Mismatch`] when the field is not eight fixed bytes.
    pub fn fixed64(self) -> Result<u64, WireError> {
        if let Field::Fixed64(value) = self.field { Ok(value) } else { Err(WireError::Mismatch(self.number)) }
    }

    /// # Errors
    /// [`WireError::Mismatch`] when the field is not four fixed bytes.
    pub fn fixed32(self) -> Result<u32, WireError> {
        if let Field::Fixed32(value) = self.field { Ok(value) } else { Err(WireError::Mismatch(self.number)) }
    }
}

/// Reads the fields of one message in the order in which they were written. Stops after the first error.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub const fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn varint(&mut self) -> Result<u64, WireError> {
        // Most numbers on the wire are tags and short lengths: one byte.
        if let [byte @ 0..0x80, rest @ ..] = self.rest {
            self.rest = rest;
            return Ok(u64::from(*byte));
        }
        let mut value = 0_u64;
        for (place, byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * place);
            if *byte < 0x80 {
                self.rest = self.rest.get(place + 1..).unwrap_or_default();
                return Ok(value);
            }
        }
        Err(if self.rest.len() < 10 { WireError::Truncated } else { WireError::LongVarint })
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

    /// A field of a number below 16 that is of less than 16 KiB, or a number of one or of eight bytes, as most fields are:
    /// seen at a glance.
    #[inline]
    fn short(&mut self) -> Option<Tagged<'a>> {
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
                (Field::Bytes(taken), rest)
            }
            1 => {
                let (number, rest) = rest.split_first_chunk()?;
                (Field::Fixed64(u64::from_le_bytes(*number)), rest)
            }
            0 => {
                let [number @ 0..0x80, rest @ ..] = rest else { return None };
                (Field::Varint(u64::from(*number)), rest)
            }
            _ => return None,
        };
        self.rest = rest;
        Some(Tagged { number: u32::from(tag >> 3), field })
    }

    /// Any field.
    #[inline(never)]
    fn any(&mut self) -> Option<Result<Tagged<'a>, WireError>> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }

    fn field(&mut self) -> Result<Tagged<'a>, WireError> {
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3)
            .ok()
            .filter(|number| (1..1 << 29).contains(number))
            .ok_or(WireError::FieldNumber(tag >> 3))?;
        let field = match tag & 7 {
            0 => Field::Varint(self.varint()?),
            1 => Field::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let len = self.varint()?;
                Field::Bytes(self.take(len)?)
            }
            5 => Field::Fixed32(u32::from_le_bytes(self.array()?)),
            other => return Err(WireError::WireType(u8::try_from(other).unwrap_or(7))),
        };
        Ok(Tagged { number, field })
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Result<Tagged<'a>, WireError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        self.short().map_or_else(|| self.any(), |tagged| Some(Ok(tagged)))
    }
}

/// Appends fields to a buffer. Nested messages are written in place and get their length afterwards.
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

    /// How many bytes have been written.
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Takes back what was written after `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.bytes.truncate(len);
    }

    fn raw_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(low_seven(value) | 0x80);
            value >>= 7;
        }
        self.bytes.push(low_seven(value));
    }

    pub fn varint(&mut self, number: u32, value: u64) {
        self.raw_varint(u64::from(number) << 3);
        self.raw_varint(value);
    }

    pub fn fixed64(&mut self, number: u32, value: u64) {
        self.raw_varint(u64::from(number) << 3 | 1);
        self.bytes.extend_from_slice(&value.to_le_bytes());
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

    /// Starts a nested message; give what it returns to [`Self::end`].
    pub fn begin(&mut self, number: u32) -> Nested {
        self.raw_varint(u64::from(number) << 3 | 2);
        Nested { start: self.bytes.len() }
    }

    /// Ends the innermost nested message: its length goes in front of it.
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

/// A nested message that has been begun.
#[derive(Debug)]
#[must_use]
pub struct Nested {
    start: usize,
}

/// A protobuf `uint32` is the low half of its varint.
pub(crate) fn low_half(value: u64) -> u32 {
    u32::try_from(value & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}

fn low_seven(value: u64) -> u8 {
    u8::try_from(value & 0x7f).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// The fields of a message as they are read without the short way.
    fn fields(bytes: &[u8]) -> Vec<Result<Tagged<'_>, WireError>> {
        let mut reader = Reader::new(bytes);
        std::iter::from_fn(|| reader.any()).collect()
    }

    fn written() -> impl Strategy<Value = Vec<u8>> {
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
        fn the_short_way_reads_what_the_long_way_reads(
            bytes in prop_oneof![vec(any::<u8>(), 0..64), written()],
            cut in any::<prop::sample::Index>(),
        ) {
            let bytes = &bytes[..bytes.len() - cut.index(bytes.len() + 1)];
            prop_assert_eq!(Reader::new(bytes).collect::<Vec<_>>(), fields(bytes));
        }
    }
}
