//! Tests of the sampler, and of where the rules of X-Ray's sampler come from.

use super::{otlp, read};
use crate::env::otlp::Protocol;
use crate::sampler::{Root, Sampler};

#[test]
fn the_argument_of_the_sampler_is_its_ratio() {
    let (settings, _) =
        read(&[("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0.25")]);
    assert_eq!(settings.sampler, Sampler::ParentBased(Root::Ratio(0.25)));
    assert_eq!(otlp(settings.traces).protocol, Protocol::HttpProtobuf);
}

/// "Enum values SHOULD be interpreted in a case-insensitive manner."
#[test]
fn names_are_read_in_any_case() {
    let (settings, warnings) = read(&[
        ("OTEL_TRACES_SAMPLER", "ParentBased_TraceIdRatio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
        ("OTEL_PROPAGATORS", "B3,TraceContext"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "HTTP/JSON"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "GZIP"),
        ("TELEMETRY_INBOUND", "Ignore"),
    ]);
    let (lower, _) = read(&[
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
        ("OTEL_PROPAGATORS", "b3,tracecontext"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("TELEMETRY_INBOUND", "ignore"),
    ]);
    assert_eq!((settings, warnings.len()), (lower, 0));
}

#[cfg(feature = "xray")]
#[test]
fn the_rules_of_the_xray_sampler_come_from_the_daemon_or_a_named_endpoint() {
    let remote = |variables: &[(&str, &str)]| {
        let variables = [&[("OTEL_TRACES_SAMPLER", "xray")], variables].concat();
        let (settings, warnings) = read(&variables);
        let remote = settings.remote_sampler.and_then(|remote| remote.source).expect("a source of rules");
        (remote.endpoint, remote.interval.as_secs(), warnings.len())
    };
    assert_eq!(remote(&[]), ("http://127.0.0.1:2000".to_owned(), 300, 0));
    let daemon = ("AWS_XRAY_DAEMON_ADDRESS", "tcp:daemon:1 udp:daemon:2");
    assert_eq!(remote(&[daemon]), ("http://daemon:1".to_owned(), 300, 0));
    let argument = ("OTEL_TRACES_SAMPLER_ARG", "endpoint=https://proxy:2000,polling_interval=60");
    assert_eq!(remote(&[daemon, argument]), ("https://proxy:2000".to_owned(), 60, 0));
    let invalid = ("OTEL_TRACES_SAMPLER_ARG", "polling_interval=0,other=1");
    assert_eq!(remote(&[invalid]), ("http://127.0.0.1:2000".to_owned(), 300, 2));
    let wrong_daemon = ("AWS_XRAY_DAEMON_ADDRESS", "daemon");
    assert_eq!(
        remote(&[wrong_daemon, argument]),
        ("https://proxy:2000".to_owned(), 60, 1),
        "it is not asked"
    );
    assert_eq!(read(&[("OTEL_TRACES_SAMPLER", "always_on")]).0.remote_sampler, None);
}

#[cfg(feature = "xray")]
#[test]
fn the_xray_sampler_asks_no_default_address_in_place_of_an_invalid_one() {
    for (variable, value, problem) in [
        ("AWS_XRAY_DAEMON_ADDRESS", "daemon", "AWS_XRAY_DAEMON_ADDRESS is not host:port"),
        (
            "OTEL_TRACES_SAMPLER_ARG",
            "endpoint=proxy",
            "the endpoint in OTEL_TRACES_SAMPLER_ARG is invalid: it has no scheme",
        ),
    ] {
        let (settings, warnings) = read(&[("OTEL_TRACES_SAMPLER", "xray"), (variable, value)]);
        let remote = settings.remote_sampler.expect("a remote sampler");
        assert_eq!(remote.source, None, "{variable}");
        let expected = format!("OTEL_TRACES_SAMPLER=xray fetches no rules: {problem}");
        let warning = warnings.iter().find(|warning| warning.starts_with(&expected));
        let warning = warning.unwrap_or_else(|| panic!("{warnings:?}"));
        assert!(warning.ends_with("one request a second and 5 % of the others are sampled"), "{warning}");
    }
}
