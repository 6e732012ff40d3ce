//! Tests of the settings of OTLP: endpoints, and headers.

use super::{REGION, XRAY, otlp, read};

#[test]
fn a_signals_path_is_added_to_the_common_endpoint_only() {
    let endpoint = |pairs: &[(&str, &str)]| otlp(read(pairs).0.traces).endpoint;
    assert_eq!(endpoint(&[]), "http://localhost:4318/v1/traces");
    assert_eq!(endpoint(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://a/b/")]), "https://a/b/v1/traces");
    assert_eq!(endpoint(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://a/b")]), "https://a/b");
    let method = "opentelemetry.proto.collector.trace.v1.TraceService/Export";
    assert_eq!(
        endpoint(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]),
        format!("http://localhost:4317/{method}")
    );
    assert_eq!(
        endpoint(&[
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://a:1/whatever")
        ]),
        format!("https://a:1/{method}")
    );
    let grpc = |insecure| {
        endpoint(&[
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"),
            ("OTEL_EXPORTER_OTLP_INSECURE", insecure),
        ])
    };
    assert_eq!(
        (grpc("true"), grpc("false")),
        (format!("http://collector:4317/{method}"), format!("https://collector:4317/{method}"))
    );
}

#[test]
fn a_warning_about_an_invalid_header_does_not_contain_its_value() {
    let (settings, warnings) = read(&[("OTEL_EXPORTER_OTLP_HEADERS", "a b=secret,c=d%0Asecret,e=f")]);
    assert_eq!(otlp(settings.traces).headers, [("e".to_owned(), "f".to_owned())]);
    assert!(warnings.len() == 1 && !format!("{warnings:?}").contains("secret"), "{warnings:?}");
}

#[test]
fn an_endpoint_that_cannot_be_used_is_refused_and_never_replaced() {
    for (variables, expected) in [
        (
            [("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://me:secret@a"), ("", "")],
            "OTEL_EXPORTER_OTLP_ENDPOINT cannot be used: its scheme is not http or https",
        ),
        (
            [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a"), ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "b:4318")],
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT cannot be used: it has no scheme: write http:// or https:// before the host",
        ),
        (
            [("OTEL_EXPORTER_OTLP_ENDPOINT", "unix:/run/a"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
            "OTEL_EXPORTER_OTLP_ENDPOINT cannot be used: it has no scheme: write http:// or https:// before the host",
        ),
        (
            [("OTEL_EXPORTER_OTLP_ENDPOINT", "a:99999"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
            "OTEL_EXPORTER_OTLP_ENDPOINT cannot be used: its port is not a number from 1 to 65535",
        ),
    ] {
        let otlp = otlp(read(&variables).0.traces);
        assert_eq!((&*otlp.endpoint, otlp.refused.as_deref()), ("", Some(expected)));
    }
}

#[test]
fn user_and_password_of_an_endpoint_are_a_header_unless_there_is_one() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://me:secret@a/b?c=d");
    let settings = otlp(read(&[endpoint]).0.traces);
    assert_eq!(settings.endpoint, "https://a/b/v1/traces?c=d");
    assert_eq!(settings.headers, [("authorization".to_owned(), "Basic bWU6c2VjcmV0".to_owned())]);
    let header = ("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20x");
    let settings = otlp(read(&[endpoint, header]).0.traces);
    assert_eq!(settings.headers, [("Authorization".to_owned(), "Bearer x".to_owned())]);
}

#[test]
fn the_path_of_a_signal_in_a_base_url_is_warned_of_and_the_request_is_that_of_the_specification() {
    let base = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/v1/traces/")];
    let (settings, warnings) = read(&base);
    assert_eq!(otlp(settings.traces).endpoint, "http://collector:4318/v1/traces/v1/traces");
    let [warning] = &warnings[..] else { panic!("{warnings:?}") };
    assert!(warning.contains("leave /v1/traces out, or use OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), "{warning}");
    let warned = |variables: &[(&str, &str)], name: &str| {
        let warnings = read(variables).1;
        assert!(
            warnings.iter().any(|it| it.starts_with(name) && it.contains("leave /v1/")),
            "{name}: {warnings:?}"
        );
    };
    let honeycomb = ("HONEYCOMB_API_ENDPOINT", "https://api.honeycomb.io/v1/logs");
    warned(&[("HONEYCOMB_API_KEY", "0123"), honeycomb], "HONEYCOMB_API_ENDPOINT");
    let xray = ("AWS_ENDPOINT_URL_XRAY", "https://xray.us-east-1.amazonaws.com/v1/traces");
    warned(&[XRAY, REGION, xray], "AWS_ENDPOINT_URL_XRAY");
    let own = [("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector:4318/v1/traces")];
    assert_eq!(read(&own).1, Vec::<String>::new());
}
