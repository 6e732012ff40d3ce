//! Ingests arbitrary bytes as an export request in protobuf, then lays out and exports the stored traces.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace_model::{
    jaeger,
    otlp::TracesJson,
    tree::{self, Node},
};
use trace_store::{Limits, Store};

fuzz_target!(|body: &[u8]| {
    let store = Store::in_memory(Limits { memory: 1 << 20 });
    let Ok(done) = store.ingest(body.to_vec()) else { return };
    assert!(store.stats().memory_bytes <= 1 << 20);
    for (id, _) in done.changed {
        let Some(trace) = store.trace(id) else { continue };
        let spans = trace.spans();
        let nodes: Vec<Node> = spans.iter().map(|(_, span)| Node::from(span)).collect();
        assert_eq!(tree::layout(&nodes).rows.len(), spans.len());
        let _ = serde_json_len(&TracesJson(&spans)) + serde_json_len(&jaeger::Trace::new(id, &spans));
    }
    assert_eq!(store.ingest(body.to_vec()).map(|again| again.stored).unwrap_or(0), 0);
});

fn serde_json_len(value: &impl serde::Serialize) -> usize {
    serde_json::to_vec(value).expect("text").len()
}
