//! Framing of gRPC messages: a body is accepted only if it is exactly one message.

use proptest::prelude::*;
use trace_model::otlp::{GRPC_PREFIX_LEN, GrpcError, grpc_message};

fn frame(flag: u8, length: u32, message: &[u8]) -> Vec<u8> {
    [&[flag][..], &length.to_be_bytes(), message].concat()
}

proptest! {
    #[test]
    fn an_accepted_body_is_one_message_of_the_stated_length(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok((compressed, message)) = grpc_message(&bytes) {
            let length = u32::try_from(message.len()).unwrap();
            prop_assert_eq!(frame(u8::from(compressed), length, message), bytes);
        }
    }

    #[test]
    fn a_message_is_accepted_only_with_its_length_and_a_valid_flag(
        message in prop::collection::vec(any::<u8>(), 0..64), flag in 0..2_u8, other in 2..=u8::MAX, off in 1..9_u32,
    ) {
        let length = u32::try_from(message.len()).unwrap();
        let framed = frame(flag, length, &message);
        prop_assert_eq!(grpc_message(&framed), Ok((flag == 1, &*message)));
        let refusal = |body: &[u8]| grpc_message(body).map(drop);
        prop_assert_eq!(refusal(&frame(flag, length + off, &message)), Err(GrpcError::Length));
        prop_assert_eq!(refusal(&frame(other, length, &message)), Err(GrpcError::Flag));
        prop_assert_eq!(refusal(&framed[..GRPC_PREFIX_LEN - 1]), Err(GrpcError::Empty));
    }
}
