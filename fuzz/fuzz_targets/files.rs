//! Imports arbitrary bytes as a trace file. An accepted file can be exported, and the export imports as the same.
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

/// Exports the spans on one line and the log records on the next.
fn export(requests: &trace_file::Requests) -> Vec<u8> {
    let mut lines = serde_json::to_vec(&TracesJson(&spans(&requests.traces))).expect("spans serialize");
    lines.push(b'\n');
    serde_json::to_writer(&mut lines, &LogsJson(&records(&requests.logs))).expect("log records serialize");
    lines
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(requests) = trace_file::to_requests(bytes) else { return };
    let lines = export(&requests);
    let again = trace_file::to_requests(&lines).expect("an exported file imports");
    assert_eq!(lines, export(&again));
    let spans_in = spans(&requests.traces);
    if let Some((_, span)) = spans_in.first() {
        let _ = serde_json::to_vec(&jaeger::Trace::new(span.trace_id, &spans_in)).expect("spans serialize");
    }
});
