//! The stages that spans pass, and the CPU time of each.

use std::{hint::black_box, time::Duration};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use rustix::time::{ClockId, clock_gettime};
use trace_model::{TraceId, analysis::Analysis, otlp::traces_to_protobuf, tree::layout_spans};
use trace_store::{Limits, MetricsQuery, Query, Store};

use crate::json;

pub(crate) const STAGES: [&str; 8] = [
    "decode JSON",
    "store",
    "store again",
    "lay out the first trace",
    "judge the first trace",
    "list traces",
    "search an attribute",
    "metrics and service map",
];
/// More than any request of the benchmark takes.
const LIMITS: Limits = Limits { memory: 4 << 30 };

/// The CPU time of each stage.
pub(crate) fn costs(request: &ExportTraceServiceRequest) -> Vec<Duration> {
    let (text, body) = (json::of(request), request.encode_to_vec());
    let store = Store::in_memory(LIMITS);
    let mut costs = vec![
        cost(|| traces_to_protobuf(&text).expect("valid JSON")),
        cost(|| store.ingest(&body).expect("a valid request")),
        cost(|| store.ingest(&body).expect("a valid request")),
    ];
    let first = TraceId::from_bytes(&1_u128.to_be_bytes()).expect("an id");
    let trace =
        store.trace(first).or_else(|| store.trace(store.latest(1).first()?.trace_id)).expect("a trace");
    let spans = trace.spans();
    let tree = layout_spans(&spans);
    costs.push(cost(|| layout_spans(&spans)));
    costs.push(cost(|| Analysis::new(&spans, &tree)));
    costs.push(cost(|| store.latest(5_000)));
    let query = Query::parse("key~value").expect("a query");
    costs.push(cost(|| store.search(&query, 100)));
    let metrics = MetricsQuery { intervals: 40, ..MetricsQuery::default() };
    costs.push(cost(|| store.metrics(metrics)));
    costs
}

fn cost<T>(run: impl FnOnce() -> T) -> Duration {
    let begun = thread_time();
    black_box(run());
    thread_time().saturating_sub(begun)
}

/// CPU time of this thread.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or_default(), time.tv_nsec.try_into().unwrap_or_default())
}
