//! Every numeric variable with zeros, giants and what is no number: it works as specified, or is ignored with a warning.

use std::time::{Duration, Instant};

use super::{otlp, read};
use crate::env::settings::Settings;
use crate::env::variables::VARIABLES;

/// Ends of names of numeric variables without a default.
const NUMERIC: [&str; 6] = ["_LIMIT", "_SIZE", "_BYTES", "_TIMEOUT", "_DELAY", "_INTERVAL"];
/// What is a number for no variable.
const NEVER: [&str; 9] = ["-1", "1e12", "0x10", "1.5.2", "10s", "18446744073709551616", "NaN", "+-1", "١"];
const GIANTS: [&str; 4] = ["2147483648", "9223372036854775808", "18446744073709551615", "1000000000000"];

/// Variables that are numbers, with those that need others to have an effect.
pub(super) fn numeric() -> impl Iterator<Item = &'static str> {
    let is_numeric = |name: &str, default: &str| {
        default.parse::<f64>().is_ok() || NUMERIC.iter().any(|end| name.ends_with(end))
    };
    VARIABLES.iter().filter(move |it| is_numeric(it.name, it.default)).map(|variable| variable.name)
}

fn set(name: &str, value: &str) -> (Settings, Vec<String>) {
    read(&[(name, value), ("OTEL_TRACES_SAMPLER", "traceidratio")])
}

fn ignored(name: &str, value: &str) {
    let (settings, warnings) = set(name, value);
    assert_eq!(settings, set(name, "").0, "{name}={value}");
    assert!(
        !warnings.is_empty()
            && warnings.iter().all(|it| it.starts_with(name) && it.contains(" is ignored: ")),
        "{name}={value}: {warnings:?}"
    );
}

#[test]
fn what_is_no_number_is_ignored_with_a_warning() {
    assert!(numeric().count() >= 21);
    for name in numeric() {
        for value in NEVER {
            ignored(name, value);
        }
        for value in ["", " ", "\t\n"] {
            assert_eq!(set(name, value), set("unrelated", ""), "{name}={value:?}");
        }
    }
}

#[test]
fn giants_are_ignored_unless_nothing_is_allocated_or_waited_for_by_them() {
    for name in numeric() {
        for value in GIANTS {
            if name.ends_with("_LIMIT") {
                assert_eq!(set(name, value).1, Vec::<String>::new(), "{name}={value} limits nothing");
            } else {
                ignored(name, value);
            }
        }
        // The greatest that OpenTelemetry's specification asks for.
        if name.contains("BLRP_MAX") || name == "OTEL_TRACES_SAMPLER_ARG" {
            ignored(name, "2147483647");
        } else {
            let warnings = set(name, "2147483647").1;
            assert!(!warnings.concat().contains("is ignored"), "{warnings:?}");
        }
    }
}

#[test]
fn zero_is_no_limit_of_a_time_no_delay_and_no_count() {
    for name in numeric() {
        let (settings, warnings) = set(name, "0");
        let is_refused = name.ends_with("_SIZE") || name.ends_with("_BYTES") || name.ends_with("_INTERVAL");
        assert_eq!(warnings.is_empty(), !is_refused, "{name}: {warnings:?}");
        let year = Duration::from_secs(365 * 24 * 3_600);
        match name {
            "OTEL_EXPORTER_OTLP_TIMEOUT" => assert_eq!(otlp(settings.traces).timeout, year),
            "OTEL_BSP_EXPORT_TIMEOUT" => assert_eq!(settings.span_batching.export_timeout, year),
            "OTEL_BLRP_EXPORT_TIMEOUT" => assert_eq!(settings.log_batching.export_timeout, year),
            "OTEL_METRIC_EXPORT_TIMEOUT" => assert_eq!(settings.metric_timeout, year),
            "OTEL_BSP_SCHEDULE_DELAY" => assert!(settings.span_batching.delay.is_zero()),
            // OpenTelemetry's processor would take a whole core.
            "OTEL_BLRP_SCHEDULE_DELAY" => assert!(!settings.log_batching.delay.is_zero()),
            _ => {}
        }
    }
}

#[test]
fn every_duration_can_be_added_to_a_time() {
    for name in numeric() {
        for value in GIANTS.into_iter().chain(["0", "2147483647"]) {
            let settings = set(name, value).0;
            for duration in [
                settings.span_batching.delay,
                settings.span_batching.export_timeout,
                settings.log_batching.delay,
                settings.log_batching.export_timeout,
                settings.metric_interval,
                settings.metric_timeout,
                otlp(settings.traces).timeout,
            ] {
                assert!(Instant::now().checked_add(duration).is_some(), "{name}={value}");
            }
        }
    }
}

#[test]
fn a_batch_larger_than_its_queue_causes_a_warning() {
    let (_, warnings) = read(&[("OTEL_BSP_MAX_QUEUE_SIZE", "100")]);
    assert!(
        warnings.iter().any(|warning| warning.contains("OTEL_BSP_MAX_EXPORT_BATCH_SIZE")),
        "{warnings:?}"
    );
}
