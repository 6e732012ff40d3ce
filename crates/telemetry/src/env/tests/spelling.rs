//! Tests of values that are spelled wrong: what warnings repeat of them, and what they say.

use super::{otlp, read};
use crate::env::signal::Signal;
use crate::env::variables::VARIABLES;

/// All variables, with those of one signal.
fn names() -> impl Iterator<Item = String> {
    let signals = |name: &'static str| Signal::ALL.map(|signal| name.replacen("OTLP_", signal.infix(), 1));
    let common = VARIABLES.iter().map(|variable| variable.name.to_owned());
    let otlp = VARIABLES.iter().filter(|variable| variable.name.starts_with("OTEL_EXPORTER_OTLP_"));
    common.chain(otlp.flat_map(move |variable| signals(variable.name)))
}

#[test]
fn no_warning_repeats_a_secret_that_was_set_to_any_variable() {
    for secret in [
        "hcaik_S3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRET1234",
        "authorization: Basic S3CRETOlNFQ1JFVFBX==",
        "Bearer S3CRET=abc",
        "\"S3CRET0123",
        "S3CRET 0123",
        "AKIAS3CRETEXAMPLE",
        "endpoint=S3CRET,polling_interval=S3CRET,S3CRET=1",
    ] {
        for name in names() {
            for more in [
                &[][..],
                &[("OTEL_TRACES_SAMPLER", "xray")],
                &[("TELEMETRY_XRAY", "otlp")],
                &[("TELEMETRY_XRAY", "daemon")],
                &[("HONEYCOMB_API_KEY", "0123"), ("ROLLBAR_ACCESS_TOKEN", "0123")],
            ] {
                let (_, warnings) = read(&[more, &[(&name, secret)]].concat());
                assert!(!warnings.concat().contains("S3CRET"), "{name}={secret}: {warnings:?}");
            }
        }
    }
}

#[test]
fn a_header_that_is_none_says_what_to_write() {
    for value in ["authorization: Basic dXNlcjpwdw==", "Bearer x=abc", "x-key"] {
        let (settings, warnings) = read(&[("OTEL_EXPORTER_OTLP_HEADERS", value)]);
        assert!(otlp(settings.traces).headers.is_empty(), "{value}");
        let [warning] = &warnings[..] else { panic!("{value}: {warnings:?}") };
        assert!(
            warning.starts_with("OTEL_EXPORTER_OTLP_HEADERS: ") && warning.contains("name=value"),
            "{warning}"
        );
    }
}

#[test]
fn matching_quotes_are_removed_with_a_warning() {
    let quoted = [
        ("HONEYCOMB_API_KEY", "\"hcaik0123\""),
        ("HONEYCOMB_API_ENDPOINT", "'https://api.eu1.honeycomb.io'"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "\"http://collector:4318/v1/traces\""),
    ];
    let (settings, warnings) = read(&quoted);
    let honeycomb = settings.honeycomb.expect("Honeycomb");
    assert_eq!((&*honeycomb.key.0, &*honeycomb.endpoint), ("hcaik0123", "https://api.eu1.honeycomb.io"));
    assert_eq!(otlp(settings.traces).endpoint, "http://collector:4318/v1/traces");
    for (name, _) in quoted {
        let warning =
            format!("{name} has quotes around its value, which were removed: remove them where it is set");
        assert_eq!(warnings.iter().filter(|it| **it == warning).count(), 1, "{name}: {warnings:?}");
    }
    assert_eq!(warnings.len(), quoted.len(), "{warnings:?}");
}

#[test]
fn quotes_around_the_value_of_a_header_are_removed_with_a_warning() {
    let variable = ("OTEL_EXPORTER_OTLP_HEADERS", "x-honeycomb-team=\"S3CRET\",x-other='a b'");
    let (settings, warnings) = read(&[variable]);
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        otlp(settings.traces).headers,
        [header("x-honeycomb-team", "S3CRET"), header("x-other", "a b")]
    );
    let [warning] = &warnings[..] else { panic!("{warnings:?}") };
    assert!(warning.starts_with("OTEL_EXPORTER_OTLP_HEADERS: a header has quotes"), "{warning}");
    assert!(!warning.contains("S3CRET"), "{warning}");
}

#[test]
fn a_space_or_a_single_quote_in_a_key_is_said_without_the_value() {
    for name in [
        "HONEYCOMB_API_KEY",
        "HONEYCOMB_CONFIGURATION_KEY",
        "ROLLBAR_ACCESS_TOKEN",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_REGION",
        "TELEMETRY_XRAY",
        "HONEYCOMB_API_ENDPOINT",
        "AWS_ENDPOINT_URL_XRAY",
        "ROLLBAR_ENDPOINT",
    ] {
        for (value, what) in
            [("https://S3CRET 01", "contains a space"), ("\"https://S3CRET", "contains a quote")]
        {
            let warnings = read(&[(name, value)]).1;
            let warning = warnings.iter().find(|it| it.starts_with(name) && it.contains(what));
            assert!(warning.is_some(), "{name}: {warnings:?}");
            assert!(!warnings.concat().contains("S3CRET"), "{warnings:?}");
        }
    }
}

#[test]
fn a_header_of_a_container_may_have_two_words() {
    assert_eq!(read(&[("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Bearer 0123")]).1, Vec::<String>::new());
}

#[test]
fn the_contents_of_a_pem_file_are_no_path() {
    for name in ["OTEL_EXPORTER_OTLP_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CERTIFICATE", "SSL_CERT_FILE"] {
        let (settings, warnings) =
            read(&[(name, "-----BEGIN PRIVATE KEY-----\nS3CRET\n-----END PRIVATE KEY-----")]);
        assert!(!format!("{settings:?}{warnings:?}").contains("S3CRET"), "{name}: {warnings:?}");
        let expected = format!("{name} is ignored: it must be the path of a PEM file, not its contents");
        assert_eq!(warnings, [expected]);
    }
}
