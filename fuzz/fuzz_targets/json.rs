//! Any bytes as an export request in JSON: what is taken is a request in protobuf.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace_model::otlp::{read_request, to_protobuf};

fuzz_target!(|json: &[u8]| {
    if let Ok(body) = to_protobuf(json) {
        read_request(&body, |_, _, _| ()).expect("what was written can be read");
    }
});
