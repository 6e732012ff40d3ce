//! What it costs to analyse a trace of 100,000 spans: `cargo bench -p trace-model --bench analysis`.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    trace::v1::{ResourceSpans, ScopeSpans, Span},
};
use prost::Message;
use trace_model::{analysis::Analysis, otlp::read_traces, tree::layout_spans};

const SPANS: u64 = 100_000;
const CLIENT: i32 = 3;

/// One trace; `parent` gives the number of each span's parent, 0 for the root.
fn request(parent: impl Fn(u64) -> u64) -> Vec<u8> {
    let spans = (1..=SPANS).map(|number| Span {
        trace_id: vec![7; 16],
        span_id: number.to_be_bytes().into(),
        parent_span_id: if number == 1 { Vec::new() } else { parent(number).to_be_bytes().into() },
        name: "call".to_owned(),
        kind: CLIENT,
        start_time_unix_nano: 1_700_000_000_000_000_000 + number * 1_000,
        end_time_unix_nano: 1_700_000_001_000_000_000
            - if parent(number) == 1 { SPANS - number } else { number },
        ..Span::default()
    });
    let scope_spans = vec![ScopeSpans { spans: spans.collect(), ..ScopeSpans::default() }];
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }],
    }
    .encode_to_vec()
}

fn analysis(criterion: &mut Criterion) {
    for (shape, body) in [
        ("one parent of all", request(|_| 1)),
        ("a chain", request(|number| number - 1)),
        ("two children each", request(|number| number / 2)),
    ] {
        let mut spans = Vec::new();
        read_traces(&body, |_, origin, span| spans.push((*origin, span))).unwrap();
        let tree = layout_spans(&spans);
        criterion.bench_function(&format!("analysis of 100,000 spans: {shape}"), |bencher| {
            bencher.iter_batched(|| (), |()| Analysis::new(&spans, &tree), BatchSize::LargeInput);
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = analysis
}
criterion_main!(benches);
