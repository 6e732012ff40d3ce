//! How long the questions take over a million spans in memory: `cargo bench -p trace-store --bench search`.

use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, KeyValue, any_value::Value},
    resource::v1::Resource,
    trace::v1::{ResourceSpans, ScopeSpans, Span, Status},
};
use prost::Message;
use trace_model::{
    Nanos,
    tree::{self, Node},
};
use trace_store::{Limits, Query, Store};

const TRACES: u64 = 125_000;
const SPANS_PER_TRACE: u64 = 8;
const TRACES_PER_BATCH: u64 = 64;

fn main() {
    let store = Store::in_memory(Limits { memory: 4 << 30 });
    let begun = Instant::now();
    for batch in 0..TRACES / TRACES_PER_BATCH {
        store.ingest(request(batch)).expect("a request");
    }
    let stats = store.stats();
    println!(
        "{} spans in {:?}, {} bytes a span",
        stats.spans,
        begun.elapsed(),
        stats.memory_bytes as u64 / stats.spans
    );
    for text in [
        "",
        "service=service-3 status=error",
        "duration>900ms",
        r#"http.route="/route/7" status=error duration>50ms"#,
        "http.response.status_code>=500 service=service-1",
        "http.response.status_code=418",
        r#"request.id="id-77777-3""#,
        "url.path~users/42",
    ] {
        let query = Query::parse(text).expect("a query");
        let mut found = 0;
        let took = best(|| found = store.search(&query, 100).traces.len());
        println!("{took:>12.3?}  {found:>4} found  {text}");
    }
    println!("{:>12.3?}  operation figures", best(|| drop(store.operation_figures(Nanos::ZERO, Nanos::MAX))));
    println!("{:>12.3?}  calls", best(|| drop(store.calls(Nanos::ZERO, Nanos::MAX))));
    let wide: Vec<Node> = (1..=100_000_u64).map(|n| node(n, u64::from(n > 1))).collect();
    println!("{:>12.3?}  tree of one parent with 100,000 children", best(|| drop(tree::layout(&wide))));
    let deep: Vec<Node> = (1..=10_000_u64).map(|n| node(n, n - 1)).collect();
    println!("{:>12.3?}  tree of a chain 10,000 deep", best(|| drop(tree::layout(&deep))));
}

fn best(mut run: impl FnMut()) -> Duration {
    let time = |run: &mut dyn FnMut()| {
        let begun = Instant::now();
        run();
        begun.elapsed()
    };
    (0..5).map(|_| time(&mut run)).min().unwrap_or_default()
}

fn node(id: u64, parent: u64) -> Node {
    let id_of = |n: u64| trace_model::SpanId::from_bytes(&n.to_be_bytes()).ok();
    Node {
        id: id_of(id).expect("not zero"),
        parent: id_of(parent),
        kind: trace_model::SpanKind::Internal,
        start: Nanos::from_unix(id),
        end: Nanos::from_unix(id + 5),
    }
}

fn request(batch: u64) -> Vec<u8> {
    let traces = batch * TRACES_PER_BATCH..(batch + 1) * TRACES_PER_BATCH;
    let services = (0..SPANS_PER_TRACE).map(|step| {
        let spans = traces.clone().map(|trace| span(trace, step)).collect();
        let resource = Resource {
            attributes: vec![text("service.name", &format!("service-{step}"))],
            ..Resource::default()
        };
        let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
        ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() }
    });
    ExportTraceServiceRequest { resource_spans: services.collect() }.encode_to_vec()
}

fn span(trace: u64, step: u64) -> Span {
    let mixed = (trace * 8 + step).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let start = 1_700_000_000_000_000_000 + trace * 1_000_000;
    let failed = mixed.is_multiple_of(100);
    Span {
        trace_id: u128::from(trace + 1).to_be_bytes().to_vec(),
        span_id: (step + 1).to_be_bytes().to_vec(),
        parent_span_id: if step == 0 { vec![] } else { step.to_be_bytes().to_vec() },
        name: format!("GET /route/{}", mixed % 20),
        kind: 2,
        start_time_unix_nano: start,
        end_time_unix_nano: start + mixed % 1000 * 1_000_000,
        status: failed.then(|| Status { code: 2, message: String::new() }),
        attributes: vec![
            text("http.request.method", "GET"),
            text("http.route", &format!("/route/{}", mixed % 20)),
            int("http.response.status_code", if failed { 503 } else { 200 }),
            text("url.path", &format!("/users/{}", mixed % 5000)),
            text("url.scheme", "http"),
            text("server.address", "127.0.0.1"),
            int("server.port", 8080),
            text("client.address", "127.0.0.1"),
            text("user_agent.original", "bench/1.0"),
            text("request.id", &format!("id-{trace}-{step}")),
        ],
        ..Span::default()
    }
}

fn text(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::StringValue(value.into())) });
    KeyValue { key: key.into(), value, ..KeyValue::default() }
}

fn int(key: &str, value: i64) -> KeyValue {
    KeyValue {
        key: key.into(),
        value: Some(AnyValue { value: Some(Value::IntValue(value)) }),
        ..KeyValue::default()
    }
}
