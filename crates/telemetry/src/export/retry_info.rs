//! Reads `google.rpc.RetryInfo` of a gRPC status: how long to wait before the next call, as `Retry-After` over HTTP.
//!
//! The messages are those of <https://github.com/googleapis/googleapis/tree/master/google/rpc>: the `Status` in
//! `grpc-status-details-bin` has `details` (3), each an `Any` with a `value` (2), which is a `RetryInfo` with a
//! `retry_delay` (1), a `Duration` with `seconds` (1).

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Buf;
use prost::encoding::{WireType, decode_key, decode_varint};

/// Senders may leave out the padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
const TYPE: &[u8] = b"type.googleapis.com/google.rpc.RetryInfo";

/// The seconds of the delay, rounded up; `None` without a delay.
pub(super) fn seconds(header: &[u8]) -> Option<u64> {
    let status = BASE64.decode(header).ok()?;
    let mut details = fields(&status).filter(|(number, _)| *number == 3);
    details.find_map(|(_, detail)| delay(detail.message()?))
}

/// The delay in an `Any`, if it is a `RetryInfo`.
fn delay(any: &[u8]) -> Option<u64> {
    let of = |bytes, wanted| fields(bytes).find(|(number, _)| *number == wanted).map(|(_, field)| field);
    if of(any, 1)?.message()? != TYPE {
        return None;
    }
    let duration = of(of(any, 2)?.message()?, 1)?.message()?;
    let number = |wanted| of(duration, wanted).and_then(|field| field.number()).unwrap_or(0);
    let (seconds, nanoseconds) = (i64::try_from(number(1)).ok()?, number(2));
    u64::try_from(seconds).ok()?.checked_add(u64::from(nanoseconds > 0))
}

/// A field of a message.
enum Value<'a> {
    Number(u64),
    Message(&'a [u8]),
}

impl<'a> Value<'a> {
    fn number(&self) -> Option<u64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    fn message(&self) -> Option<&'a [u8]> {
        if let Self::Message(message) = self { Some(message) } else { None }
    }
}

/// The fields of a message, up to the first that these messages do not have.
fn fields(mut rest: &[u8]) -> impl Iterator<Item = (u32, Value<'_>)> {
    std::iter::from_fn(move || {
        if !rest.has_remaining() {
            return None;
        }
        let (number, kind) = decode_key(&mut rest).ok()?;
        match kind {
            WireType::Varint => Some((number, Value::Number(decode_varint(&mut rest).ok()?))),
            WireType::LengthDelimited => {
                let length = usize::try_from(decode_varint(&mut rest).ok()?).ok()?;
                let (message, after) = rest.split_at_checked(length)?;
                rest = after;
                Some((number, Value::Message(message)))
            }
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `Status { code: 8, message: "full", details: [Any { type_url, value }] }`
    fn status(kind: &[u8], retry_info: &[u8]) -> String {
        let field =
            |tag: u8, bytes: &[u8]| [&[tag, u8::try_from(bytes.len()).expect("short")], bytes].concat();
        let any = [field(0x0a, kind), field(0x12, retry_info)].concat();
        BASE64.encode([&[0x08, 8][..], &field(0x12, b"full"), &field(0x1a, &any)].concat())
    }

    #[test]
    fn a_delay_is_read_in_seconds_and_rounded_up() {
        let forty = status(TYPE, &[0x0a, 2, 0x08, 40]);
        assert_eq!(seconds(forty.as_bytes()), Some(40));
        assert_eq!(seconds(forty.trim_end_matches('=').as_bytes()), Some(40));
        assert_eq!(seconds(status(TYPE, &[0x0a, 4, 0x08, 2, 0x10, 7]).as_bytes()), Some(3));
        assert_eq!(seconds(status(TYPE, &[0x0a, 0]).as_bytes()), Some(0));
    }

    #[test]
    fn other_details_have_no_delay() {
        assert_eq!(
            seconds(status(b"type.googleapis.com/google.rpc.ErrorInfo", &[0x0a, 2, 0x08, 40]).as_bytes()),
            None
        );
        assert_eq!(seconds(status(TYPE, b"").as_bytes()), None);
        assert_eq!(seconds(b"CAM"), None);
        assert_eq!(seconds(b"!"), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_header_is_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = seconds(BASE64.encode(&bytes).as_bytes());
            let _ = seconds(&bytes);
        }
    }
}
