//! What a backend's answer says.

use std::time::Duration;

use ::http::{HeaderMap, header};

/// Longer than this is not waited for.
const LONGEST: Duration = Duration::from_secs(30);

/// `Retry-After` in seconds; the form with a date is not used by backends and is ignored.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST))
}

/// `ExportTraceServiceResponse.partial_success.rejected_spans`; an answer that cannot be read rejected nothing.
pub(super) fn rejected(body: &[u8]) -> usize {
    let partial = field(body, 1);
    let rejected = partial.and_then(|partial| match partial {
        Field::Bytes(message) => field(message, 1),
        Field::Number(_) => None,
    });
    match rejected {
        Some(Field::Number(count)) => usize::try_from(count).unwrap_or(usize::MAX),
        _ => 0,
    }
}

enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The first field of this number in a message.
fn field(mut message: &[u8], wanted: u64) -> Option<Field<'_>> {
    while !message.is_empty() {
        let tag = varint(&mut message)?;
        let value = match tag & 7 {
            0 => Field::Number(varint(&mut message)?),
            1 => Field::Bytes(take(&mut message, 8)?),
            2 => {
                let length = usize::try_from(varint(&mut message)?).ok()?;
                Field::Bytes(take(&mut message, length)?)
            }
            5 => Field::Bytes(take(&mut message, 4)?),
            _ => return None,
        };
        if tag >> 3 == wanted {
            return Some(value);
        }
    }
    None
}

fn take<'a>(from: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = from.split_at_checked(length)?;
    *from = rest;
    Some(taken)
}

fn varint(from: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejected_spans_are_read_from_the_answer() {
        assert_eq!(rejected(&[]), 0);
        assert_eq!(rejected(&[0x0a, 0x03, 0x08, 0xac, 0x02]), 300);
        assert_eq!(rejected(&[0x0a, 0x05, 0x12, 0x03, b'b', b'a', b'd']), 0);
        assert_eq!(rejected(&[0x0a, 0xff, 0xff]), 0);
        assert_eq!(rejected(b"<html>"), 0);
    }

    #[test]
    fn retry_after_is_bounded() {
        let after = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, text.parse().expect("a header value"));
            retry_after(&headers)
        };
        assert_eq!(after("2"), Some(Duration::from_secs(2)));
        assert_eq!(after("99999"), Some(LONGEST));
        assert_eq!(after("soon"), None);
    }
}
