//! Throughput of decoding in spans and log records per second: `cargo bench -p trace-model --bench decode`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use opentelemetry_proto::tonic::{
    collector::{logs::v1::ExportLogsServiceRequest, trace::v1::ExportTraceServiceRequest},
    common::v1::{AnyValue, KeyValue, any_value::Value},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
    trace::v1::{ResourceSpans, ScopeSpans, Span},
};
use prost::Message;
use trace_model::otlp::{read_logs, read_traces, traces_to_protobuf};

/// Records per request, as batch processors send them.
const BATCH: u64 = 512;

fn attributes() -> Vec<KeyValue> {
    let text = |n: u64| Some(AnyValue { value: Some(Value::StringValue(format!("value of attribute {n}"))) });
    (0..10)
        .map(|n| KeyValue { key: format!("attribute.{n}"), value: text(n), ..KeyValue::default() })
        .collect()
}

fn spans() -> ExportTraceServiceRequest {
    let span = |n: u64| Span {
        trace_id: u128::from(n / 8 + 1).to_be_bytes().to_vec(),
        span_id: (n + 1).to_be_bytes().to_vec(),
        name: format!("GET /route/{}", n % 20),
        kind: 2,
        start_time_unix_nano: 1_700_000_000_000_000_000 + n,
        end_time_unix_nano: 1_700_000_000_001_000_000 + n,
        attributes: attributes(),
        ..Span::default()
    };
    let scope_spans = vec![ScopeSpans { spans: (0..BATCH).map(span).collect(), ..ScopeSpans::default() }];
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }],
    }
}

fn logs() -> ExportLogsServiceRequest {
    let record = |n: u64| LogRecord {
        trace_id: u128::from(n / 8 + 1).to_be_bytes().to_vec(),
        span_id: (n + 1).to_be_bytes().to_vec(),
        time_unix_nano: 1_700_000_000_000_000_000 + n,
        body: Some(AnyValue { value: Some(Value::StringValue(format!("line {n} of a program"))) }),
        attributes: attributes(),
        ..LogRecord::default()
    };
    let scope_logs =
        vec![ScopeLogs { log_records: (0..BATCH).map(record).collect(), ..ScopeLogs::default() }];
    ExportLogsServiceRequest { resource_logs: vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }] }
}

fn decode(c: &mut Criterion) {
    let mut group = c.benchmark_group("decode");
    group.throughput(Throughput::Elements(BATCH));
    let body = spans().encode_to_vec();
    group.bench_function("spans in protobuf", |b| {
        b.iter(|| {
            let mut seen = 0;
            read_traces(&body, |_, _, span| seen += span.attribute_count).expect("a request");
            seen
        });
    });
    let json = serde_json::to_vec(&spans()).expect("JSON");
    group.bench_function("spans in JSON, to protobuf", |b| {
        b.iter(|| traces_to_protobuf(&json).expect("a request"));
    });
    let body = logs().encode_to_vec();
    group.bench_function("log records in protobuf", |b| {
        b.iter(|| {
            let mut seen = 0;
            read_logs(&body, |_, _, record| seen += record.flags).expect("a request");
            seen
        });
    });
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
