//! The library's own health, and the process's: what became of spans, and why they were lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;

use crate::export::queue::Queue;

/// Observes the queue of spans, whenever metrics are collected.
pub(super) fn observe_spans(meter: &Meter, queue: &Arc<Queue>) {
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let spans = Arc::clone(queue);
    meter
        .u64_observable_counter("otel.sdk.exporter.span.exported")
        .with_unit("{span}")
        .with_description("Spans that arrived at the backend, and with error.type those that did not.")
        .with_callback(move |observer| {
            let counts = spans.counts();
            observer.observe(read(&counts.exported), &[]);
            observer.observe(read(&counts.dropped_failed), &[KeyValue::new("error.type", "export_failed")]);
        })
        .build();
    let spans = Arc::clone(queue);
    meter
        .u64_observable_counter("otel.sdk.processor.span.dropped")
        .with_unit("{span}")
        .with_description("Spans that were never tried to export.")
        .with_callback(move |observer| {
            let counts = spans.counts();
            observer.observe(read(&counts.dropped_full), &[KeyValue::new("error.type", "queue_full")]);
            observer.observe(read(&counts.dropped_late), &[KeyValue::new("error.type", "after_shutdown")]);
        })
        .build();
    let spans = Arc::clone(queue);
    meter
        .u64_observable_counter("otel.sdk.exporter.operation.failures")
        .with_unit("{operation}")
        .with_description("Attempts to export that failed.")
        .with_callback(move |observer| observer.observe(read(&spans.counts().failures), &[]))
        .build();
    let spans = Arc::clone(queue);
    meter
        .u64_observable_gauge("otel.sdk.processor.span.queue.size")
        .with_unit("{span}")
        .with_callback(move |observer| observer.observe(spans.len() as u64, &[]))
        .build();
    let spans = Arc::clone(queue);
    meter
        .u64_observable_gauge("otel.sdk.processor.span.queue.capacity")
        .with_unit("{span}")
        .with_callback(move |observer| observer.observe(spans.capacity() as u64, &[]))
        .build();
}

/// Observes this process, where the system tells of it (`/proc`).
pub(super) fn observe_process(meter: &Meter) {
    for (name, unit, field, factor) in [
        ("process.memory.usage", "By", "VmRSS:", 1024),
        ("process.memory.virtual", "By", "VmSize:", 1024),
        ("process.thread.count", "{thread}", "Threads:", 1),
    ] {
        meter
            .i64_observable_up_down_counter(name)
            .with_unit(unit)
            .with_callback(move |observer| {
                let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
                if let Some(value) = number(&status, field) {
                    observer.observe(value * factor, &[]);
                }
            })
            .build();
    }
}

/// The number behind `field` in `/proc/self/status`.
fn number(status: &str, field: &str) -> Option<i64> {
    status.lines().find_map(|line| line.strip_prefix(field))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_behind_their_field() {
        let status = "VmSize:\t  2048 kB\nVmRSS:\t  1024 kB\nThreads:\t3\n";
        assert_eq!(number(status, "VmRSS:"), Some(1024));
        assert_eq!(number(status, "Threads:"), Some(3));
        assert_eq!(number(status, "VmSwap:"), None);
    }
}
