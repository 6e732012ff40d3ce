//! Any bytes as a file of traces. What is taken from it can be written, and what was written reads as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace_model::{
    LogRecord, Origin, Span, jaeger,
    otlp::{LogsJson, TracesJson, read_logs, read_traces},
    trace_file,
};

fn spans(body: &[u8]) -> Vec<(Origin<'_>, Span<'_>)> {
    let mut spans = Vec::new();
    let read = read_traces(body, |_, origin, span| spans.push((*origin, span)));
    if read.is_ok() { spans } else { Vec::new() }
}

fn records(body: &[u8]) -> Vec<(Origin<'_>, LogRecord<'_>)> {
    let mut records = Vec::new();
    let read = read_logs(body, |_, origin, record| records.push((*origin, record)));
    if read.is_ok() { records } else { Vec::new() }
}

/// The spans in one line, the log records in the next.
fn written(requests: &trace_file::Requests) -> Vec<u8> {
    let mut lines = serde_json::to_vec(&TracesJson(&spans(&requests.traces))).expect("spans are written");
    lines.push(b'\n');
    serde_json::to_writer(&mut lines, &LogsJson(&records(&requests.logs))).expect("log records are written");
    lines
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(requests) = trace_file::to_requests(bytes) else { return };
    let lines = written(&requests);
    let again = trace_file::to_requests(&lines).expect("what was written is read");
    assert_eq!(lines, written(&again));
    let spans_in = spans(&requests.traces);
    if let Some((_, span)) = spans_in.first() {
        let _ = serde_json::to_vec(&jaeger::Trace::new(span.trace_id, &spans_in)).expect("spans are written");
    }
});
