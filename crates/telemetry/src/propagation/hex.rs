//! Ids as hexadecimal digits, strictly.

use opentelemetry::trace::{SpanId, TraceId};

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Lower-case hexadecimal digits only, at most 32 of them.
pub(super) fn hex(digits: &[u8]) -> Option<u128> {
    if digits.len() > 32 {
        return None;
    }
    // Two halves of the width that processors have.
    let (high, low) = digits.split_at(digits.len().saturating_sub(16));
    Some(u128::from(half(high)?) << 64 | u128::from(half(low)?))
}

fn half(digits: &[u8]) -> Option<u64> {
    let (mut value, mut all) = (0, 0);
    for digit in digits {
        let digit = VALUES[usize::from(*digit)];
        value = value << 4 | u64::from(digit & 0x0f);
        all |= digit;
    }
    (all <= 0x0f).then_some(value)
}

/// 32 digits, not all zero.
pub(super) fn trace_id(digits: &[u8]) -> Option<TraceId> {
    let id = (digits.len() == 32).then(|| hex(digits))?.map(TraceId::from)?;
    (id != TraceId::INVALID).then_some(id)
}

/// 16 digits, not all zero.
pub(super) fn span_id(digits: &[u8]) -> Option<SpanId> {
    let id =
        (digits.len() == 16).then(|| hex(digits))?.and_then(|id| u64::try_from(id).ok()).map(SpanId::from)?;
    (id != SpanId::INVALID).then_some(id)
}

/// The two digits of each byte.
pub(super) fn digits<const BYTES: usize>(bytes: [u8; BYTES]) -> [[u8; 2]; BYTES] {
    bytes.map(|byte| PAIRS[usize::from(byte)])
}

/// What every byte is worth as a digit; more than any digit where it is none.
static VALUES: [u8; 256] = {
    let mut values = [u8::MAX; 256];
    let mut value = 0;
    while value < DIGITS.len() {
        values[DIGITS[value] as usize] = value.to_le_bytes()[0];
        value += 1;
    }
    values
};

/// The two digits of every byte: every answer has ids on it.
static PAIRS: [[u8; 2]; 256] = {
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < pairs.len() {
        pairs[byte] = [DIGITS[byte >> 4], DIGITS[byte & 0x0f]];
        byte += 1;
    }
    pairs
};
