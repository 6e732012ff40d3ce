//! Ingests arbitrary bytes as a logs request, in protobuf and in JSON, and reads the log records back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace_model::otlp::{logs_to_protobuf, read_logs};
use trace_store::{Limits, Store};

fuzz_target!(|body: &[u8]| {
    if let Ok(request) = logs_to_protobuf(body) {
        read_logs(&request.protobuf, |_, _, _| ()).expect("a converted request decodes");
    }
    let store = Store::in_memory(Limits { memory: 1 << 20 });
    let Ok(done) = store.ingest_logs(body.to_vec()) else { return };
    assert!(store.stats().memory_bytes <= 1 << 20);
    for (id, _) in done.changed {
        let Some(logs) = store.logs(id, 100) else { continue };
        for (_, record) in logs.records() {
            let _ = (record.body(), record.attributes().count());
        }
    }
    assert_eq!(store.ingest_logs(body.to_vec()).map(|again| again.stored).unwrap_or(0), 0);
});
