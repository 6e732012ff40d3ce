//! Every numeric variable with extreme values, in real processes: none spins, aborts or allocates by it.

use std::time::{Duration, Instant};

use telemetry::VARIABLES;

use crate::relay::{Relay, recording_server};
use crate::sink::Sink;

const EXTREMES: [&str; 5] = ["0", "-1", "2147483647", "9223372036854775808", "18446744073709551615"];
/// Names of numeric variables without a default end so.
const NUMERIC: [&str; 6] = ["_LIMIT", "_SIZE", "_BYTES", "_TIMEOUT", "_DELAY", "_INTERVAL"];

fn numeric() -> impl Iterator<Item = &'static str> {
    let is_numeric = |name: &str, default: &str| {
        default.parse::<f64>().is_ok() || NUMERIC.iter().any(|end| name.ends_with(end))
    };
    VARIABLES.iter().filter(move |it| is_numeric(it.name, it.default)).map(|variable| variable.name)
}

/// The processor time of a process.
fn cpu(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("a process");
    let fields = stat.rsplit_once(')').expect("a name").1.split_whitespace().skip(11).take(2);
    // In hundredths of a second.
    Duration::from_millis(fields.map(|field| field.parse::<u64>().expect("a number") * 10).sum())
}

/// The kilobytes of a field of `/proc/PID/status`.
fn memory(pid: u32, field: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix(field)).expect("a line");
    line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn every_numeric_variable_can_be_zero_negative_or_giant() {
    let (to, _requests) = recording_server().await;
    for name in numeric() {
        for value in EXTREMES {
            let sink = Sink::start();
            let variables = [
                ("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url.as_str()),
                ("OTEL_METRICS_EXPORTER", "otlp"),
                ("OTEL_LOGS_EXPORTER", "otlp"),
                ("RUST_LOG", "warn"),
                (name, value),
            ];
            let relay = Relay::start(&variables);
            assert_eq!(relay.call(&[], &to).await.status(), 200, "{name}={value}");
            let resident = memory(relay.pid(), "VmHWM:");
            assert!(resident < 150_000, "{name}={value}: {resident} kB");
            let (took, success, printed) = relay.stop();
            assert!(success && took < Duration::from_secs(7), "{name}={value}: {took:?} {printed}");
            assert_eq!(sink.all().len(), 2, "{name}={value}: {printed}");
            assert!(
                printed.lines().all(|line| line.contains(name) || line.contains("MAX_EXPORT_BATCH_SIZE")),
                "{name}={value}: {printed}"
            );
        }
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_idle_process_takes_no_processor_time_whatever_the_delays() {
    for more in [
        &[("OTEL_BSP_SCHEDULE_DELAY", "0")][..],
        &[("OTEL_BSP_SCHEDULE_DELAY", "1")],
        &[("OTEL_BLRP_SCHEDULE_DELAY", "0")],
        &[("OTEL_METRIC_EXPORT_INTERVAL", "0")],
        &[
            ("OTEL_BSP_SCHEDULE_DELAY", "0"),
            ("HONEYCOMB_API_KEY", "0123"),
            ("HONEYCOMB_API_ENDPOINT", "http://127.0.0.1:9"),
        ],
    ] {
        let sink = Sink::start();
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url.as_str()),
            ("OTEL_METRICS_EXPORTER", "otlp"),
            ("OTEL_LOGS_EXPORTER", "otlp"),
        ];
        let relay = Relay::start(&[&variables[..], more].concat());
        let (to, _requests) = recording_server().await;
        assert_eq!(relay.call(&[], &to).await.status(), 200);
        sink.until(|spans| (spans.len() == 2).then_some(())).await;
        let (began, before) = (Instant::now(), cpu(relay.pid()));
        // A measurement of a second, and no wait for a condition.
        while began.elapsed() < Duration::from_secs(1) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let used = cpu(relay.pid()).saturating_sub(before);
        assert!(used < Duration::from_millis(150), "{more:?}: {used:?} of a second");
    }
}

#[tokio::test]
async fn a_timeout_of_zero_is_no_limit_and_no_drop() {
    for name in ["OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_BSP_EXPORT_TIMEOUT"] {
        let sink = Sink::start();
        let relay = Relay::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url.as_str()), (name, "0")]);
        let (to, _requests) = recording_server().await;
        relay.call(&[], &to).await;
        sink.until(|spans| (spans.len() == 2).then_some(())).await;
        assert!(relay.stop().1);
    }
}
