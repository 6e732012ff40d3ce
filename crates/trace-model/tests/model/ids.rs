//! Ids: what is one and what is not.

use proptest::prelude::*;
use trace_model::{IdError, SpanId, TraceId};

#[test]
fn zero_and_wrong_lengths_are_no_ids() {
    assert_eq!(TraceId::from_bytes(&[0; 16]), Err(IdError::Zero));
    assert_eq!(TraceId::from_bytes(&[1; 8]), Err(IdError::Length { wanted: 16, got: 8 }));
    assert_eq!("00f067aa0ba902b".parse::<SpanId>(), Err(IdError::Length { wanted: 8, got: 8 }));
    assert_eq!("zzf067aa0ba902b7".parse::<SpanId>(), Err(IdError::NotHex));
    assert_eq!("".parse::<SpanId>(), Err(IdError::Length { wanted: 8, got: 0 }));
}

#[test]
fn hex_of_any_case_is_read_and_lower_case_is_written() {
    let id: TraceId = "4BF92F3577B34DA6A3CE929D0E0E4736".parse().unwrap();
    assert_eq!(id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
}

#[test]
fn leading_zeros_may_be_missing_in_an_address() {
    assert_eq!(TraceId::parse_padded("abc").unwrap().to_string(), "00000000000000000000000000000abc");
    assert_eq!(SpanId::parse_padded("").unwrap_err(), IdError::Length { wanted: 8, got: 0 });
}

proptest! {
    #[test]
    fn text_and_bytes_name_the_same_id(bytes in any::<[u8; 16]>()) {
        if let Ok(id) = TraceId::from_bytes(&bytes) {
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert_eq!(TraceId::parse_padded(&id.to_string()), Ok(id));
        }
    }

    #[test]
    fn any_text_is_answered(text in ".*") {
        let _ = text.parse::<TraceId>();
        let _ = TraceId::parse_padded(&text);
    }
}
