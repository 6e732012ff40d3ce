//! Any bytes as an export request in JSON: what is taken is a request in protobuf.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace_model::otlp::{read_traces, traces_to_protobuf};

fuzz_target!(|json: &[u8]| {
    if let Ok(body) = traces_to_protobuf(json) {
        read_traces(&body, |_, _, _| ()).expect("what was written can be read");
    }
});
