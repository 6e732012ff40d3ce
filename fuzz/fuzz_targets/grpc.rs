//! Any bytes as the body of a call: what is taken for its message is all of it, and as a request it is read or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace_model::otlp::{GRPC_PREFIX_LEN, grpc_message, read_traces};

fuzz_target!(|body: &[u8]| {
    let Ok((compressed, message)) = grpc_message(body) else { return };
    assert_eq!(body[0], u8::from(compressed));
    assert_eq!(body[1..GRPC_PREFIX_LEN], u32::try_from(message.len()).expect("it came with it").to_be_bytes());
    assert_eq!(&body[GRPC_PREFIX_LEN..], message);
    if !compressed {
        let mut spans = 0;
        let _ = read_traces(message, |_, _, _| spans += 1);
        assert!(spans <= message.len());
    }
});
