//! Tests of the settings of X-Ray, and of what destinations share.

use super::read;
use crate::env::otlp::{Exporter, Protocol, Vendor};
use crate::env::settings::Settings;
use crate::env::signal::Signal;
use crate::env::xray::{Xray, XrayOtlp};

fn xray(pairs: &[(&str, &str)]) -> (Settings, Option<XrayOtlp>, Vec<String>) {
    let (settings, warnings) = read(&[&[("TELEMETRY_XRAY", "otlp")], pairs].concat());
    let otlp = match settings.xray.clone() {
        Some(Xray::Otlp(otlp)) => Some(*otlp),
        _ => None,
    };
    (settings, otlp, warnings)
}

#[test]
fn x_ray_stands_beside_a_named_endpoint_and_in_place_of_the_default_one() {
    let region = ("AWS_REGION", "eu-central-1");
    let (settings, otlp, _) = xray(&[region]);
    let otlp = otlp.expect("X-Ray").otlp;
    assert_eq!(otlp.endpoint, "https://xray.eu-central-1.amazonaws.com/v1/traces");
    assert_eq!((otlp.protocol, otlp.gzip, otlp.vendor), (Protocol::HttpProtobuf, true, Vendor::Xray));
    assert_eq!(settings.traces, Exporter::None);
    assert_ne!(settings.metrics, Exporter::None, "X-Ray takes traces alone");
    let (settings, _, _) = xray(&[region, ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://waterfall:4318")]);
    assert_eq!(super::otlp(settings.traces).endpoint, "http://waterfall:4318/v1/traces");
}

#[test]
fn an_endpoint_of_traces_is_signed_for_x_ray_and_is_the_only_one() {
    let (settings, otlp, _) = xray(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://xray.eu-west-1.amazonaws.com/v1/traces"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca.pem"),
        ("AWS_REGION", "us-east-1"),
    ]);
    let xray = otlp.expect("X-Ray");
    assert_eq!(xray.otlp.endpoint, "https://xray.eu-west-1.amazonaws.com/v1/traces");
    assert_eq!(xray.region.0, "eu-west-1", "a signature for another region than the host's is refused");
    assert_eq!(xray.otlp.certificate.as_deref(), Some(std::path::Path::new("/ca.pem")));
    assert_eq!(settings.traces, Exporter::None);
    assert_eq!(super::otlp(settings.logs).endpoint, "http://collector:4318/v1/logs");
}

#[test]
fn nothing_is_sent_to_x_ray_without_a_region_or_with_an_invalid_endpoint() {
    let (_, otlp, warnings) = xray(&[]);
    assert!(otlp.is_none() && warnings.concat().contains("set AWS_REGION"), "{warnings:?}");
    let region = ("AWS_DEFAULT_REGION", "us-east-1");
    for name in ["AWS_ENDPOINT_URL_XRAY", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] {
        let (_, otlp, warnings) = xray(&[region, (name, "xray.us-east-1.amazonaws.com")]);
        assert!(otlp.is_none() && warnings.concat().contains(name), "{warnings:?}");
    }
    let (_, otlp, _) = xray(&[region, ("AWS_ENDPOINT_URL_XRAY", "http://127.0.0.1:9/")]);
    assert_eq!(otlp.expect("X-Ray").otlp.endpoint, "http://127.0.0.1:9/v1/traces");
}

#[test]
fn credentials_of_aws_are_never_printed() {
    let (settings, warnings) = read(&[
        ("TELEMETRY_XRAY", "otlp"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "S3CRET"),
        ("AWS_SECRET_ACCESS_KEY", "S3CRET"),
        ("AWS_SESSION_TOKEN", "S3CR\u{7f}ET"),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "S3CRET"),
    ]);
    assert!(!format!("{settings:?}{warnings:?}").contains("S3CR"), "{settings:?}{warnings:?}");
}

#[test]
fn half_a_pair_of_keys_turns_x_ray_off() {
    for half in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        let (_, otlp, warnings) = xray(&[("AWS_REGION", "us-east-1"), (half, "S3CRET")]);
        assert!(otlp.is_none() && warnings.concat().contains("set both AWS_ACCESS_KEY_ID"), "{warnings:?}");
        assert!(!warnings.concat().contains("S3CRET"), "{warnings:?}");
    }
}

#[test]
fn every_destination_has_the_proxies() {
    let none = read(&[]).0;
    let (settings, otlp, warnings) = xray(&[
        ("HTTPS_PROXY", "http://p:3128"),
        ("AWS_REGION", "us-east-1"),
        ("HONEYCOMB_API_KEY", "0123"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://a.example"),
    ]);
    assert_eq!(warnings, Vec::<String>::new());
    let none = super::otlp(none.traces).proxies;
    let honeycomb = settings.honeycomb.expect("Honeycomb").exporter(Signal::Traces, "shop");
    let otlps = [settings.traces, settings.metrics, settings.logs].map(super::otlp);
    for otlp in otlps.into_iter().chain([honeycomb, otlp.expect("X-Ray").otlp]) {
        assert_ne!(otlp.proxies, none, "{}", otlp.endpoint);
    }
}

#[test]
fn nothing_is_sent_to_a_daemon_whose_address_is_invalid() {
    let daemon = |address| read(&[("TELEMETRY_XRAY", "daemon"), ("AWS_XRAY_DAEMON_ADDRESS", address)]);
    assert!(matches!(daemon("xray-daemon:2000").0.xray, Some(Xray::Daemon { .. })));
    for address in ["xray-daemon", "http://xray-daemon:2000", "a:0"] {
        let (settings, warnings) = daemon(address);
        let expected = "TELEMETRY_XRAY=daemon is ignored: AWS_XRAY_DAEMON_ADDRESS is not host:port";
        assert!(settings.xray.is_none(), "{address}");
        assert!(warnings.iter().any(|warning| warning.starts_with(expected)), "{warnings:?}");
    }
}
