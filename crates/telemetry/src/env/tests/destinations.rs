//! Tests of Honeycomb and Rollbar: what they stand beside, and that a key is never printed or sent to a guessed host.

use super::{otlp, read};
use crate::env::otlp::Exporter;

#[test]
fn honeycomb_stands_beside_a_named_endpoint_and_in_place_of_the_default_one() {
    let key = ("HONEYCOMB_API_KEY", "0123");
    let (alone, _) = read(&[key]);
    assert_eq!((alone.traces, alone.metrics, alone.logs), (Exporter::None, Exporter::None, Exporter::None));
    assert!(alone.honeycomb.is_some());
    let (beside, _) = read(&[key, ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://waterfall:4318")]);
    assert_eq!(otlp(beside.traces).endpoint, "http://waterfall:4318/v1/traces");
    let (console, _) = read(&[key, ("OTEL_TRACES_EXPORTER", "console")]);
    assert_eq!(console.traces, Exporter::Console);
}

#[test]
fn nothing_is_sent_to_honeycomb_twice() {
    let (settings, _) = read(&[
        ("HONEYCOMB_API_KEY", "0123"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://api.honeycomb.io"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-honeycomb-team=0123"),
    ]);
    assert_eq!(
        (settings.traces, settings.metrics, settings.logs),
        (Exporter::None, Exporter::None, Exporter::None)
    );
}

#[test]
fn a_key_of_honeycomb_is_never_printed_or_sent_to_a_guessed_host() {
    let (settings, _) = read(&[("HONEYCOMB_API_KEY", "S3CRET")]);
    assert!(!format!("{settings:?}").contains("S3CRET"));
    let (settings, warnings) =
        read(&[("HONEYCOMB_API_KEY", "S3CRET"), ("HONEYCOMB_API_ENDPOINT", "api.eu1.honeycomb.io")]);
    assert!(
        settings.honeycomb.is_none() && warnings.concat().contains("HONEYCOMB_API_ENDPOINT"),
        "{warnings:?}"
    );
    let (settings, warnings) = read(&[("HONEYCOMB_API_KEY", "S3CR\u{7f}ET")]);
    assert!(settings.honeycomb.is_none() && !warnings.concat().contains("S3CR"), "{warnings:?}");
}

#[test]
fn a_token_of_rollbar_is_never_printed_or_replaced_by_a_guess() {
    let (settings, _) = read(&[("ROLLBAR_ACCESS_TOKEN", "S3CRET")]);
    assert!(!format!("{settings:?}").contains("S3CRET"));
    let (settings, warnings) = read(&[("ROLLBAR_ACCESS_TOKEN", "S3CR\u{7f}ET")]);
    assert!(settings.rollbar.is_none() && !warnings.concat().contains("S3CR"), "{warnings:?}");
}

#[test]
fn an_invalid_endpoint_of_rollbar_turns_reports_off() {
    let (settings, warnings) =
        read(&[("ROLLBAR_ACCESS_TOKEN", "0123"), ("ROLLBAR_ENDPOINT", "api.rollbar.com")]);
    assert!(settings.rollbar.is_none());
    assert!(warnings.iter().any(|warning| warning.contains("ROLLBAR_")), "{warnings:?}");
}

#[cfg(not(feature = "xray"))]
#[test]
fn x_ray_without_its_feature_is_off_with_a_warning() {
    for value in ["otlp", "daemon"] {
        let (settings, warnings) = read(&[("TELEMETRY_XRAY", value), ("AWS_REGION", "us-east-1")]);
        assert!(
            settings.xray.is_none() && warnings.concat().contains("feature `xray` is off"),
            "{warnings:?}"
        );
    }
}
