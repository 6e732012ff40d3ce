//! Benchmark of ingest and queries in memory: `cargo bench -p trace-store --bench index`. The benchmark `search` has the
//! times over a million spans.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, KeyValue, any_value::Value},
    trace::v1::{ResourceSpans, ScopeSpans, Span},
};
use prost::Message;
use trace_model::TraceId;
use trace_store::{Limits, Query, Store};

const BATCH: u64 = 512;
const SPANS_PER_TRACE: u64 = 8;
/// Enough batches for a realistic search.
const BATCHES: u64 = 200;

fn id(trace: u64) -> [u8; 16] {
    u128::from(trace + 1).to_be_bytes()
}

fn request(number: u64) -> Vec<u8> {
    let spans = (number * BATCH..(number + 1) * BATCH).map(|n| Span {
        trace_id: id(n / SPANS_PER_TRACE).to_vec(),
        span_id: (n + 1).to_be_bytes().to_vec(),
        name: format!("GET /route/{}", n % 20),
        kind: 2,
        start_time_unix_nano: 1_700_000_000_000_000_000 + n * 1_000,
        end_time_unix_nano: 1_700_000_000_001_000_000 + n * 1_000,
        attributes: (0..10).map(|key| attribute(key, n)).collect(),
        ..Span::default()
    });
    let scope_spans = vec![ScopeSpans { spans: spans.collect(), ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

fn attribute(key: u64, n: u64) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::StringValue(format!("value {}", n % (key * 50 + 2)))) });
    KeyValue { key: format!("attribute.{key}"), value, ..KeyValue::default() }
}

fn store() -> Store {
    Store::in_memory(Limits { memory: 1 << 30 })
}

fn index(c: &mut Criterion) {
    let mut group = c.benchmark_group("index");
    group.throughput(Throughput::Elements(BATCH));
    let body = request(0);
    let ingest = |store: Store| {
        store.ingest(&body).expect("a request");
        store
    };
    group.bench_function("ingest of new spans", |b| b.iter_batched(store, ingest, BatchSize::SmallInput));
    let known = ingest(store());
    group.bench_function("ingest of duplicate spans", |b| b.iter(|| known.ingest(&body).expect("a request")));
    group.finish();
}

fn query(c: &mut Criterion) {
    let store = store();
    for number in 0..BATCHES {
        store.ingest(request(number)).expect("a request");
    }
    let mut group = c.benchmark_group("query");
    for text in ["duration>1s", "attribute.9=\"value 77\"", "attribute.1~\"value 4\" status=error"] {
        let query = Query::parse(text).expect("a query");
        group.bench_function(text, |b| b.iter(|| store.search(&query, 100)));
    }
    let trace = TraceId::from_bytes(&id(1_000)).expect("an id");
    group.bench_function("read of a trace", |b| {
        b.iter(|| store.trace(trace).expect("it is there").spans().len());
    });
    group.finish();
}

criterion_group!(benches, index, query);
criterion_main!(benches);
