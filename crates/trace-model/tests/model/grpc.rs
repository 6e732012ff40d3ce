//! The frame of a call: taken when it is exactly one, and refused otherwise.

use proptest::prelude::*;
use trace_model::otlp::{GRPC_PREFIX_LEN, GrpcError, grpc_message};

fn frame(flag: u8, length: u32, message: &[u8]) -> Vec<u8> {
    [&[flag][..], &length.to_be_bytes(), message].concat()
}

proptest! {
    #[test]
    fn any_bytes_are_a_message_of_their_own_length_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok((compressed, message)) = grpc_message(&bytes) {
            let length = u32::try_from(message.len()).unwrap();
            prop_assert_eq!(frame(u8::from(compressed), length, message), bytes);
        }
    }

    #[test]
    fn a_message_is_found_in_its_frame_and_in_no_other(
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
