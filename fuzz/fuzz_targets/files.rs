//! Any bytes as a file of traces. What is taken from it can be written, and what was written reads as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace_model::{
    Origin, Span, file, jaeger,
    otlp::{TracesJson, read_request},
};

fn spans(body: &[u8]) -> Vec<(Origin<'_>, Span<'_>)> {
    let mut spans = Vec::new();
    let read = read_request(body, |_, origin, span| spans.push((*origin, span)));
    if read.is_ok() { spans } else { Vec::new() }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(requests) = file::to_requests(bytes) else { return };
    let spans_in = spans(&requests.traces);
    let written = serde_json::to_vec(&TracesJson(&spans_in)).expect("spans are written");
    let again = file::to_requests(&written).expect("what was written is read");
    let rewritten = serde_json::to_vec(&TracesJson(&spans(&again.traces))).expect("spans are written");
    assert_eq!(written, rewritten);
    if let Some((_, span)) = spans_in.first() {
        let _ = serde_json::to_vec(&jaeger::Trace::new(span.trace_id, &spans_in)).expect("spans are written");
    }
});
