//! Converts arbitrary bytes from an OTLP JSON request to protobuf. An accepted request decodes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace_model::otlp::{read_traces, traces_to_protobuf};

fuzz_target!(|json: &[u8]| {
    if let Ok(request) = traces_to_protobuf(json) {
        read_traces(&request.protobuf, |_, _, _| ()).expect("a converted request decodes");
    }
});
