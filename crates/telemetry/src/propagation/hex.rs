//! Ids as hexadecimal digits, strictly.

use opentelemetry::trace::{SpanId, TraceId};

/// Lower-case hexadecimal digits only, at most 32 of them.
pub(super) fn hex(digits: &[u8]) -> Option<u128> {
    if digits.len() > 32 {
        return None;
    }
    digits.iter().try_fold(0_u128, |value, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(value << 4 | u128::from(digit))
    })
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

/// The digit of a value below 16.
pub(super) fn digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'a' + value - 10 }
}
