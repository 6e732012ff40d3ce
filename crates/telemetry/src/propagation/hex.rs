//! Parses and formats ids as lower-case hexadecimal digits.

use opentelemetry::trace::{SpanId, TraceId};

/// The value 1 in each of eight bytes.
const ONES: u64 = u64::from_ne_bytes([1; 8]);

/// Parses at most 32 lower-case hexadecimal digits.
pub(super) fn hex(digits: &[u8]) -> Option<u128> {
    if digits.len() > 32 {
        return None;
    }
    let (few, many) = digits.as_rchunks();
    let few = few.iter().try_fold(0, |value, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(value << 4 | u128::from(digit))
    })?;
    many.iter().try_fold(few, |value, digits| Some(value << 32 | u128::from(eight(*digits)?)))
}

/// Parses eight digits at once, one in each byte of a word.
fn eight(digits: [u8; 8]) -> Option<u32> {
    let text = u64::from_be_bytes(digits);
    // Letters have the bit 0x40 set, digits do not.
    let letters = text >> 6 & ONES;
    let values = (text & (ONES * 0x0f)) + letters * 9;
    // Values from ten to fifteen must come from letters, and formatting the values must give the same text.
    let is_hex = values & (ONES * 0xf0) == 0
        && (values + ONES * 6) >> 4 & ONES == letters
        && values + ONES * u64::from(b'0') + letters * u64::from(b'a' - b'0' - 10) == text;
    let pairs = (values | values >> 4) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    let [.., a, b, c, d] = (fours | fours >> 16).to_be_bytes();
    is_hex.then_some(u32::from_be_bytes([a, b, c, d]))
}

/// Parses 32 digits that are not all zero.
pub(super) fn trace_id(digits: &[u8]) -> Option<TraceId> {
    let id = (digits.len() == 32).then(|| hex(digits))?.map(TraceId::from)?;
    (id != TraceId::INVALID).then_some(id)
}

/// Parses 16 digits that are not all zero.
pub(super) fn span_id(digits: &[u8]) -> Option<SpanId> {
    let id =
        (digits.len() == 16).then(|| hex(digits))?.and_then(|id| u64::try_from(id).ok()).map(SpanId::from)?;
    (id != SpanId::INVALID).then_some(id)
}

/// Formats each byte as two digits.
pub(super) fn digits<const BYTES: usize>(bytes: [u8; BYTES]) -> [[u8; 2]; BYTES] {
    bytes.map(|byte| PAIRS[usize::from(byte)])
}

/// The two digits of every byte. A table, because every outgoing request formats ids.
static PAIRS: [[u8; 2]; 256] = {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < pairs.len() {
        pairs[byte] = [DIGITS[byte >> 4], DIGITS[byte & 0x0f]];
        byte += 1;
    }
    pairs
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_any_byte_other_than_a_digit_is_rejected() {
        for length in 1..=33 {
            for (place, byte) in (0..length).flat_map(|place| (0..=u8::MAX).map(move |byte| (place, byte))) {
                let mut digits = vec![b'7'; length];
                digits[place] = byte;
                let is_hex = matches!(byte, b'0'..=b'9' | b'a'..=b'f') && length <= 32;
                let read =
                    std::str::from_utf8(&digits).ok().and_then(|text| u128::from_str_radix(text, 16).ok());
                assert_eq!(hex(&digits), read.filter(|_| is_hex), "{digits:?}");
            }
        }
    }
}
