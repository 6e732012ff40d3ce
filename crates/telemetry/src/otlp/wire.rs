//! A writer of the protobuf wire format, with the field types that OTLP uses.

/// The length of a tag (of a field below 16) and eight bytes.
pub(crate) const FIXED64_LENGTH: usize = 9;

/// Wire types, the lowest bits of a tag.
const VARINT: u8 = 0;
pub(crate) const FIXED64: u8 = 1;
pub(crate) const LENGTH_DELIMITED: u8 = 2;
pub(crate) const FIXED32: u8 = 5;

/// The tag of `KeyValue.value`.
const VALUE: u8 = 2 << 3 | LENGTH_DELIMITED;

/// The bytes of a message, to which fields are appended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffer(pub(crate) Vec<u8>);

impl Buffer {
    #[inline]
    fn varint(&mut self, mut value: u64) {
        if let (Ok(byte), true) = (u8::try_from(value), value < 0x80) {
            return self.0.push(byte);
        }
        while value >= 0x80 {
            self.0.push(low_byte(value) | 0x80);
            value >>= 7;
        }
        self.0.push(low_byte(value));
    }

    #[inline]
    fn tag(&mut self, field: u32, kind: u8) {
        self.varint(u64::from(field << 3 | u32::from(kind)));
    }

    /// Writes tag and length of a field whose bytes follow.
    #[inline]
    pub(crate) fn head(&mut self, field: u32, length: usize) {
        if field < 16 && length < 0x80 {
            let tag = u64::from(field << 3 | u32::from(LENGTH_DELIMITED));
            return self.0.extend_from_slice(&[tag, wide(length)].map(low_byte));
        }
        self.tag(field, LENGTH_DELIMITED);
        self.varint(wide(length));
    }

    #[inline]
    pub(crate) fn bytes(&mut self, field: u32, bytes: &[u8]) {
        self.head(field, bytes.len());
        self.0.extend_from_slice(bytes);
    }

    /// Writes a message as a field. `write` appends its content.
    pub(crate) fn message(&mut self, field: u32, write: impl FnOnce(&mut Self)) {
        // Two bytes are reserved for the length, which most lengths take.
        self.message_of(field, 0x80, write);
    }

    /// Writes a message, which has about `expected` bytes, as a field. `write` appends its content.
    ///
    /// The length precedes the content and is known after it. One or two bytes are reserved for it. A length that needs
    /// another number of bytes costs a move of the content.
    #[inline]
    pub(crate) fn message_of(&mut self, field: u32, expected: usize, write: impl FnOnce(&mut Self)) {
        self.tag(field, LENGTH_DELIMITED);
        let at = self.0.len();
        let reserved = if expected < 0x80 { 1 } else { 2 };
        // Each has a fixed length, which needs no call of memcpy.
        match reserved {
            1 => self.0.push(0),
            _ => self.0.extend_from_slice(&[0; 2]),
        }
        write(self);
        let length = wide(self.0.len() - at - reserved);
        match (reserved, length, self.0.get_mut(at..at + reserved)) {
            (1, ..0x80, Some([only])) => *only = low_byte(length),
            (2, 0x80..0x4000, Some([low, high])) => {
                (*low, *high) = (low_byte(length) | 0x80, low_byte(length >> 7));
            }
            _ => {
                let mut head = Self::default();
                head.varint(length);
                self.0.splice(at..at + reserved, head.0);
            }
        }
    }

    /// Writes a string. The empty string is the default, and left out.
    #[inline]
    pub(crate) fn text(&mut self, field: u32, text: &str) {
        if !text.is_empty() {
            self.bytes(field, text.as_bytes());
        }
    }

    /// Writes an integer or enumeration. Zero is the default, and left out.
    #[inline]
    pub(crate) fn number(&mut self, field: u32, value: u64) {
        if value != 0 {
            self.present_number(field, value);
        }
    }

    /// Writes an integer of a `oneof`, where zero is a value.
    #[inline]
    pub(crate) fn present_number(&mut self, field: u32, value: u64) {
        self.tag(field, VARINT);
        self.varint(value);
    }

    /// Writes `KeyValue { key, AnyValue { string_value } }` when every length takes one byte and the key is not empty.
    /// Returns whether it did.
    #[inline]
    pub(crate) fn short_pair(&mut self, field: u32, key: &str, text: &str) -> bool {
        const TEXT: u8 = 1 << 3 | LENGTH_DELIMITED;
        let value_length = 2 + text.len();
        let written = self.short_key(field, key, value_length);
        if written {
            let [value_length, length] = [value_length, text.len()].map(|length| low_byte(wide(length)));
            self.0.extend_from_slice(&[VALUE, value_length, TEXT, length]);
            self.0.extend_from_slice(text.as_bytes());
        }
        written
    }

    /// Writes `KeyValue { key, AnyValue { int_value } }` when the value takes at most three bytes, every length takes one
    /// byte, and the key is not empty. Returns whether it did.
    #[inline]
    pub(crate) fn short_number(&mut self, field: u32, key: &str, value: u64) -> bool {
        const NUMBER: u8 = 3 << 3 | VARINT;
        let [first, second, third] = [value, value >> 7, value >> 14].map(low_byte);
        let value: &[u8] = match value {
            ..0x80 => &[VALUE, 2, NUMBER, first],
            0x80..0x4000 => &[VALUE, 3, NUMBER, first | 0x80, second],
            0x4000..0x20_0000 => &[VALUE, 4, NUMBER, first | 0x80, second | 0x80, third],
            _ => return false,
        };
        let written = self.short_key(field, key, value.len() - 2);
        if written {
            self.0.extend_from_slice(value);
        }
        written
    }

    /// Writes a `KeyValue` without its value, which has `value_length` bytes, when every length takes one byte and the key is
    /// not empty. Returns whether it did.
    #[inline]
    fn short_key(&mut self, field: u32, key: &str, value_length: usize) -> bool {
        const KEY: u8 = 1 << 3 | LENGTH_DELIMITED;
        let length = 2 + key.len() + 2 + value_length;
        // The tag of a field below 16 takes one byte.
        if key.is_empty() || length >= 0x80 || field >= 16 {
            return false;
        }
        let tag = u64::from(field << 3 | u32::from(LENGTH_DELIMITED));
        let [tag, length, key_length] = [tag, wide(length), wide(key.len())].map(low_byte);
        self.0.extend_from_slice(&[tag, length, KEY, key_length]);
        self.0.extend_from_slice(key.as_bytes());
        true
    }

    #[inline]
    pub(crate) fn fixed64(&mut self, field: u32, value: u64) {
        self.tag(field, FIXED64);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    #[inline]
    pub(crate) fn fixed32(&mut self, field: u32, value: u32) {
        self.tag(field, FIXED32);
        self.0.extend_from_slice(&value.to_le_bytes());
    }
}

/// The length of what `Buffer::present_number` writes.
#[inline]
pub(crate) fn number_length(field: u32, value: u64) -> usize {
    tag_length(field) + varint_length(value)
}

/// The length of what `Buffer::bytes` writes.
#[inline]
pub(crate) fn bytes_length(field: u32, length: usize) -> usize {
    tag_length(field) + varint_length(wide(length)) + length
}

/// The length of what `Buffer::text` writes.
#[inline]
pub(crate) fn text_length(field: u32, text: &str) -> usize {
    if text.is_empty() { 0 } else { bytes_length(field, text.len()) }
}

#[inline]
fn tag_length(field: u32) -> usize {
    varint_length(u64::from(field << 3))
}

#[inline]
fn varint_length(value: u64) -> usize {
    // Seven bits per byte. Zero takes one byte.
    let bits = 64 - (value | 1).leading_zeros();
    bits.div_ceil(7) as usize
}

#[inline]
fn low_byte(value: u64) -> u8 {
    let [low, ..] = value.to_le_bytes();
    low
}

#[inline]
fn wide(length: usize) -> u64 {
    length as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_any_length_is_preceded_by_its_length() {
        for length in [0, 1, 0x7f, 0x80, 0x3fff, 0x4000, 0x1f_ffff, 0x20_0000] {
            let content = vec![7; length];
            let mut known_before = Buffer(vec![1]);
            known_before.bytes(3, &content);
            let mut known_after = Buffer(vec![1]);
            known_after.message(3, |to| to.0.extend_from_slice(&content));
            assert_eq!(known_after.0, known_before.0, "{length} bytes");
            for expected in [0, length, usize::MAX] {
                let mut expecting = Buffer(vec![1]);
                expecting.message_of(3, expected, |to| to.0.extend_from_slice(&content));
                assert_eq!(expecting.0, known_before.0, "{length} bytes instead of {expected}");
            }
        }
    }
}
