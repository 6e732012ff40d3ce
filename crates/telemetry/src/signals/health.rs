//! Metrics of the exporter and of the process: spans exported and dropped, the queue, memory, threads and CPU time.
//!
//! Names and attributes are those of the semantic conventions for SDKs and processes.

use std::sync::Arc;
use std::time::Instant;

use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;

use crate::export::queue::read;
use crate::export::span_export::{Destination, SpanExport};

/// A destination of spans, with the attributes of its exporter and processor.
#[derive(Clone)]
struct Observed {
    exporter: [KeyValue; 2],
    processor: [KeyValue; 2],
    destination: Arc<Destination>,
}

/// Registers metrics of the queues of spans and their exporters.
pub(super) fn observe_spans(meter: &Meter, export: &SpanExport) {
    let observed: Vec<Observed> = export
        .destinations()
        .iter()
        .enumerate()
        .map(|(at, destination)| Observed {
            exporter: component(destination.exporter, at),
            processor: component("batching_span_processor", at),
            destination: Arc::clone(destination),
        })
        .collect();
    observe_exporters(meter, &observed);
    let spans = observed.clone();
    meter
        .u64_observable_counter("otel.sdk.processor.span.processed")
        .with_unit("{span}")
        .with_description("Spans that were passed to the exporter, or dropped before it with error.type.")
        .with_callback(move |observer| {
            for Observed { processor, destination, .. } in &spans {
                let counts = destination.queue.counts();
                observer.observe(read(&counts.exported) + read(&counts.dropped_failed), processor);
                observer.observe(destination.dropped_full(), &failed(processor, "queue_full"));
                observer.observe(destination.dropped_late(), &failed(processor, "after_shutdown"));
            }
        })
        .build();
    let spans = observed.clone();
    meter
        .i64_observable_up_down_counter("otel.sdk.processor.span.queue.size")
        .with_unit("{span}")
        .with_callback(move |observer| {
            for Observed { processor, destination, .. } in &spans {
                observer.observe(signed(destination.queue.len()), processor);
            }
        })
        .build();
    meter
        .i64_observable_up_down_counter("otel.sdk.processor.span.queue.capacity")
        .with_unit("{span}")
        .with_callback(move |observer| {
            for Observed { processor, destination, .. } in &observed {
                observer.observe(signed(destination.queue.capacity()), processor);
            }
        })
        .build();
}

fn observe_exporters(meter: &Meter, observed: &[Observed]) {
    let spans = observed.to_vec();
    meter
        .u64_observable_counter("otel.sdk.exporter.span.exported")
        .with_unit("{span}")
        .with_description("Spans that the backend accepted, or that failed to export with error.type.")
        .with_callback(move |observer| {
            for Observed { exporter, destination, .. } in &spans {
                let counts = destination.queue.counts();
                observer.observe(read(&counts.exported), exporter);
                observer.observe(read(&counts.dropped_failed), &failed(exporter, "export_failed"));
            }
        })
        .build();
    let spans = observed.to_vec();
    meter
        .u64_observable_counter("telemetry.exporter.failures")
        .with_unit("{operation}")
        .with_description("Failed attempts to export. The conventions have no such counter.")
        .with_callback(move |observer| {
            for Observed { exporter, destination, .. } in &spans {
                observer.observe(read(&destination.queue.counts().failures), exporter);
            }
        })
        .build();
}

fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// Type and name of an SDK component. Each destination has its own.
fn component(kind: &'static str, at: usize) -> [KeyValue; 2] {
    let name = format!("{kind}/{at}");
    [KeyValue::new("otel.component.type", kind), KeyValue::new("otel.component.name", name)]
}

fn failed(component: &[KeyValue; 2], kind: &'static str) -> [KeyValue; 3] {
    let [one, other] = component.clone();
    [one, other, KeyValue::new("error.type", kind)]
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
