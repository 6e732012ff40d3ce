//! Metrics of the exporter and of the process: spans exported and dropped, the queue, memory, threads and CPU time.
//!
//! Names and attributes are those of the semantic conventions for SDKs and processes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;

use crate::env::{Exporter, Protocol};
use crate::export::queue::Queue;

/// Registers metrics of the queue of spans and its exporter.
pub(super) fn observe_spans(meter: &Meter, queue: &Arc<Queue>, exporter: &Exporter) {
    observe_exporter(meter, queue, component(exporter_type(exporter)));
    let processor = component("batching_span_processor");
    let spans = Arc::clone(queue);
    let of = processor.clone();
    meter
        .u64_observable_counter("otel.sdk.processor.span.processed")
        .with_unit("{span}")
        .with_description("Spans that were passed to the exporter, or dropped before it with error.type.")
        .with_callback(move |observer| {
            let counts = spans.counts();
            observer.observe(read(&counts.exported) + read(&counts.dropped_failed), &of);
            observer.observe(read(&counts.dropped_full), &failed(&of, "queue_full"));
            observer.observe(read(&counts.dropped_late), &failed(&of, "after_shutdown"));
        })
        .build();
    let spans = Arc::clone(queue);
    let of = processor.clone();
    meter
        .i64_observable_up_down_counter("otel.sdk.processor.span.queue.size")
        .with_unit("{span}")
        .with_callback(move |observer| observer.observe(signed(spans.len()), &of))
        .build();
    let spans = Arc::clone(queue);
    meter
        .i64_observable_up_down_counter("otel.sdk.processor.span.queue.capacity")
        .with_unit("{span}")
        .with_callback(move |observer| observer.observe(signed(spans.capacity()), &processor))
        .build();
}

fn observe_exporter(meter: &Meter, queue: &Arc<Queue>, exporter: [KeyValue; 2]) {
    let spans = Arc::clone(queue);
    let of = exporter.clone();
    meter
        .u64_observable_counter("otel.sdk.exporter.span.exported")
        .with_unit("{span}")
        .with_description("Spans that the backend accepted, or that failed to export with error.type.")
        .with_callback(move |observer| {
            let counts = spans.counts();
            observer.observe(read(&counts.exported), &of);
            observer.observe(read(&counts.dropped_failed), &failed(&of, "export_failed"));
        })
        .build();
    let spans = Arc::clone(queue);
    meter
        .u64_observable_counter("telemetry.exporter.failures")
        .with_unit("{operation}")
        .with_description("Failed attempts to export. The conventions have no such counter.")
        .with_callback(move |observer| observer.observe(read(&spans.counts().failures), &exporter))
        .build();
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// Type and name of an SDK component. A process has one of each type.
fn component(kind: &'static str) -> [KeyValue; 2] {
    let name = format!("{kind}/0");
    [KeyValue::new("otel.component.type", kind), KeyValue::new("otel.component.name", name)]
}

fn failed(component: &[KeyValue; 2], kind: &'static str) -> [KeyValue; 3] {
    let [one, other] = component.clone();
    [one, other, KeyValue::new("error.type", kind)]
}

fn exporter_type(exporter: &Exporter) -> &'static str {
    match exporter {
        Exporter::Otlp(otlp) => match otlp.protocol {
            Protocol::HttpProtobuf => "otlp_http_span_exporter",
            Protocol::HttpJson => "otlp_http_json_span_exporter",
            Protocol::Grpc => "otlp_grpc_span_exporter",
        },
        Exporter::Console => "console_span_exporter",
        Exporter::None => "none",
    }
}

/// Registers metrics of this process, as far as the system has `/proc`.
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
    meter
        .f64_observable_counter("process.cpu.time")
        .with_unit("s")
        .with_callback(|observer| {
            let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
            for (mode, seconds) in cpu_time(&stat) {
                observer.observe(seconds, &[KeyValue::new("cpu.mode", mode)]);
            }
        })
        .build();
    let began = Instant::now();
    meter
        .f64_observable_gauge("process.uptime")
        .with_unit("s")
        .with_callback(move |observer| observer.observe(began.elapsed().as_secs_f64(), &[]))
        .build();
}

/// Seconds in user and in system mode, from `/proc/self/stat`, whose times are in hundredths (`USER_HZ`).
fn cpu_time(stat: &str) -> impl Iterator<Item = (&'static str, f64)> {
    // The command's name is in parentheses, and may contain any character.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace().skip(11);
    ["user", "system"]
        .into_iter()
        .zip(fields)
        .filter_map(|(mode, field)| Some((mode, field.parse::<f64>().ok()? / 100.0)))
}

/// The number after `field` in `/proc/self/status`.
fn number(status: &str, field: &str) -> Option<i64> {
    status.lines().find_map(|line| line.strip_prefix(field))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_after_its_field() {
        let status = "VmSize:\t  2048 kB\nVmRSS:\t  1024 kB\nThreads:\t3\n";
        assert_eq!(number(status, "VmRSS:"), Some(1024));
        assert_eq!(number(status, "Threads:"), Some(3));
        assert_eq!(number(status, "VmSwap:"), None);
    }

    #[test]
    fn cpu_time_is_read_after_any_command_name() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 100 0 0 0 250 75 0 0 20 0 4 0";
        assert_eq!(cpu_time(stat).collect::<Vec<_>>(), [("user", 2.5), ("system", 0.75)]);
        assert_eq!(cpu_time("").count(), 0);
    }
}
