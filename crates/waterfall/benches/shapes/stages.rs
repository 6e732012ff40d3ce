//! The stages that spans pass, each between two marks for callgrind.

use std::{
    hint::black_box,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use doctor::{Received, diagnose};
use trace_model::{
    Nanos,
    analysis::LikelyTrace,
    otlp::{read_traces, traces_to_protobuf},
    tree::layout_spans,
};
use trace_store::{DiskSettings, Limits, MetricsQuery, Query, Store, StoredTrace};

use crate::{
    http,
    input::{self, Input},
};

/// Matches the name of [`callgrind_mark`].
pub(crate) const MARK: &str = "*callgrind_mark*";
/// More than any request of the benchmark takes.
const LIMITS: Limits = Limits { memory: 4 << 30 };
const DISK_LIMIT: u64 = 4 << 30;

/// Callgrind counts up to here.
#[inline(never)]
fn callgrind_mark() {
    // An empty function would be one with others.
    static MARKS: AtomicU64 = AtomicU64::new(0);
    MARKS.fetch_add(1, Ordering::Relaxed);
}

fn stage<T>(name: &str, run: impl FnOnce() -> T) -> T {
    callgrind_mark();
    let result = black_box(run());
    callgrind_mark();
    println!("{name}");
    result
}

/// Runs all stages with each input of the folder.
pub(crate) fn run(folder: &Path) -> ! {
    for input in input::read(folder) {
        stage("control: each pair of items", || each_pair(input.items));
        in_library(&input);
        over_http(&input, folder);
    }
    // Not before the threads of the servers: they would wait for requests.
    std::process::exit(0);
}

/// Quadratic, with the least work for a pair.
fn each_pair(items: u64) {
    for one in 0..items {
        for other in 0..one {
            black_box(other);
        }
    }
}

fn in_library(Input { body, json, disk, .. }: &Input) {
    stage("receiver: decode protobuf", || read_traces(body, |_, _, span| drop(black_box(span))))
        .expect("a request");
    stage("receiver: decode JSON", || traces_to_protobuf(json)).expect("JSON");

    let store = Store::in_memory(LIMITS);
    stage("store: insert", || store.ingest(body)).expect("a request");
    stage("store: insert again", || store.ingest(body)).expect("a request");
    let settings = DiskSettings { folder: disk.clone(), limit: DISK_LIMIT };
    let open = || Store::on_disk(LIMITS, &settings).expect("a folder");
    let on_disk = open();
    stage("store: insert on disk", || on_disk.ingest(body)).expect("a request");
    let stored = on_disk.stats().spans;
    drop(on_disk);
    let restarted = open();
    stage("store: read again after a restart", || restarted.replay(|damage| panic!("{}", damage.reason)));
    assert_eq!(restarted.stats().spans, stored);

    let traces: Vec<StoredTrace> =
        store.latest(usize::MAX).iter().filter_map(|summary| store.trace(summary.trace_id)).collect();
    let largest = traces.iter().max_by_key(|trace| trace.spans().len()).expect("a trace");
    let spans = stage("model: decode the trace", || largest.spans());
    stage("model: tree", || layout_spans(&spans));
    stage("model: critical path and all judgements", || LikelyTrace::new(&spans));
    let received = traces.iter().flat_map(StoredTrace::received);
    let received: Vec<Received<'_>> =
        received.map(|(origin, span, _)| Received { origin, span, arrived: Nanos::ZERO }).collect();
    stage("model: doctor", || diagnose(&received, Nanos::MAX));

    stage("figures: list of traces", || store.latest(5_000));
    let query = Query::parse("key~value").expect("a query");
    stage("figures: search", || store.search(&query, 100));
    let metrics = MetricsQuery { intervals: 40, ..MetricsQuery::default() };
    stage("figures: metrics and service map", || store.metrics(metrics));
    stage("figures: services and attributes", || (store.services(), store.attribute_keys()));
}

/// What arrives at the waterfall, and what its page asks for. The answers are the input of the page's model.
fn over_http(input: &Input, folder: &Path) {
    let Input { body, json, trace_id, span_id, .. } = input;
    let endpoints = http::serve();
    let post =
        |content_type: &str, body: &[u8]| http::post(endpoints.otlp_http, "/v1/traces", content_type, body);
    stage("receiver: protobuf over HTTP", || post("application/x-protobuf", body));
    stage("receiver: JSON over HTTP", || post("application/json", json));
    for (name, path) in [
        ("trace", format!("/api/ui/traces/{trace_id}")),
        ("span", format!("/api/ui/traces/{trace_id}/spans/{span_id}")),
        ("otlp", format!("/api/v3/traces/{trace_id}")),
        ("findings", format!("/api/doctor/{trace_id}?complete=true")),
        ("doctor", "/api/doctor".to_owned()),
        ("hops", "/api/hops".to_owned()),
        ("traces", "/api/ui/traces?limit=1000".to_owned()),
        ("services", "/api/ui/services?parts=4".to_owned()),
    ] {
        let answer = stage(&format!("answer: {name}"), || http::get(endpoints.page, &path));
        input.write_answer(folder, name, &answer);
    }
}
