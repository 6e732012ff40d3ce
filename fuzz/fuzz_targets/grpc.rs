//! Reads arbitrary bytes as the body of a gRPC call. An accepted message is the whole body, and decodes or is refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace_model::otlp::{GRPC_PREFIX_LEN, grpc_message, read_traces};

fuzz_target!(|body: &[u8]| {
    let Ok((compressed, message)) = grpc_message(body) else { return };
    assert_eq!(body[0], u8::from(compressed));
    assert_eq!(
        body[1..GRPC_PREFIX_LEN],
        u32::try_from(message.len()).expect("the length fits its prefix").to_be_bytes()
    );
    assert_eq!(&body[GRPC_PREFIX_LEN..], message);
    if !compressed {
        let mut spans = 0;
        let _ = read_traces(message, |_, _, _| spans += 1);
        assert!(spans <= message.len());
    }
});
