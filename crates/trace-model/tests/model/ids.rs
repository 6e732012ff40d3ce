//! Parsing and formatting of ids.

use proptest::prelude::*;
use trace_model::{IdError, SpanId, TraceId};

#[test]
fn zero_and_wrong_lengths_are_invalid() {
    assert_eq!(TraceId::from_bytes(&[0; 16]), Err(IdError::Zero));
    assert_eq!(TraceId::from_bytes(&[1; 8]), Err(IdError::Length { expected: 16, got: 8 }));
    assert_eq!("00f067aa0ba902b".parse::<SpanId>(), Err(IdError::Length { expected: 8, got: 8 }));
    assert_eq!("zzf067aa0ba902b7".parse::<SpanId>(), Err(IdError::NotHex));
    assert_eq!("".parse::<SpanId>(), Err(IdError::Length { expected: 8, got: 0 }));
}

#[test]
fn hex_is_parsed_in_either_case_and_written_in_lower_case() {
    let id: TraceId = "4BF92F3577B34DA6A3CE929D0E0E4736".parse().unwrap();
    assert_eq!(id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
}

#[test]
fn parse_padded_accepts_missing_leading_zeros() {
    assert_eq!(TraceId::parse_padded("abc").unwrap().to_string(), "00000000000000000000000000000abc");
    assert_eq!(SpanId::parse_padded("").unwrap_err(), IdError::Length { expected: 8, got: 0 });
}

proptest! {
    #[test]
    fn text_and_bytes_round_trip(bytes in any::<[u8; 16]>()) {
        if let Ok(id) = TraceId::from_bytes(&bytes) {
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert_eq!(TraceId::parse_padded(&id.to_string()), Ok(id));
        }
    }

    #[test]
    fn parsing_never_panics(text in ".*") {
        let _ = text.parse::<TraceId>();
        let _ = TraceId::parse_padded(&text);
    }
}
