//! Tests of all listed variables: each is read, has an effect, has the documented default, and tolerates invalid
//! values.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::{REGION, XRAY, read};
use crate::env::settings::Settings;
use crate::env::signal::Signal;
use crate::env::variables::VARIABLES;

/// A value of each variable that differs from its default.
const SAMPLES: &[(&str, &str)] = &[
    ("OTEL_SDK_DISABLED", "TRUE"),
    ("OTEL_SERVICE_NAME", "shop"),
    ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test"),
    ("OTEL_LOG_LEVEL", "debug"),
    ("OTEL_PROPAGATORS", "b3"),
    ("OTEL_TRACES_SAMPLER", "always_off"),
    ("OTEL_TRACES_SAMPLER_ARG", "0.5"),
    ("OTEL_TRACES_EXPORTER", "console"),
    ("OTEL_METRICS_EXPORTER", "none"),
    ("OTEL_LOGS_EXPORTER", "none"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
    ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "x-honeycomb-team=k%20ey"),
    ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
    ("OTEL_EXPORTER_OTLP_TIMEOUT", "1234"),
    ("OTEL_EXPORTER_OTLP_INSECURE", "true"),
    ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca.pem"),
    ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/key.pem"),
    ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/cert.pem"),
    ("OTEL_BSP_SCHEDULE_DELAY", "100"),
    ("OTEL_BSP_EXPORT_TIMEOUT", "100"),
    ("OTEL_BSP_MAX_QUEUE_SIZE", "7"),
    ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "7"),
    ("OTEL_BLRP_SCHEDULE_DELAY", "100"),
    ("OTEL_BLRP_EXPORT_TIMEOUT", "100"),
    ("OTEL_BLRP_MAX_QUEUE_SIZE", "7"),
    ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "7"),
    ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "10"),
    ("OTEL_ATTRIBUTE_COUNT_LIMIT", "3"),
    ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "9"),
    ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "4"),
    ("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "11"),
    ("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "12"),
    ("OTEL_SPAN_EVENT_COUNT_LIMIT", "5"),
    ("OTEL_SPAN_LINK_COUNT_LIMIT", "6"),
    ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "7"),
    ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "8"),
    ("OTEL_METRIC_EXPORT_INTERVAL", "100"),
    ("OTEL_METRIC_EXPORT_TIMEOUT", "100"),
    ("TELEMETRY_QUEUE_BYTES", "1048576"),
    ("TELEMETRY_FILTER", "debug"),
    ("TELEMETRY_INBOUND", "link"),
    ("TELEMETRY_BAGGAGE_ALLOW", "tenant"),
    ("TELEMETRY_OWN_HOSTS", ".example.org"),
    ("HONEYCOMB_API_KEY", "0123"),
    ("HONEYCOMB_API_ENDPOINT", "https://api.eu1.honeycomb.io"),
    ("HONEYCOMB_DATASET", "traces"),
    ("HONEYCOMB_CONFIGURATION_KEY", "4567"),
    ("HONEYCOMB_METRICS_DATASET", "figures"),
    ("ROLLBAR_ACCESS_TOKEN", "0123"),
    ("ROLLBAR_ENDPOINT", "http://127.0.0.1:9/item"),
    ("ROLLBAR_ENVIRONMENT", "staging"),
    ("ROLLBAR_CODE_VERSION", "1.2.3"),
    ("ROLLBAR_SCRUB_FIELDS", "iban"),
    ("TELEMETRY_XRAY", "daemon"),
    ("AWS_REGION", "eu-central-1"),
    ("AWS_DEFAULT_REGION", "eu-central-1"),
    ("AWS_ENDPOINT_URL_XRAY", "https://vpce-0a1b.xray.us-east-1.vpce.amazonaws.com"),
    ("AWS_XRAY_DAEMON_ADDRESS", "xray-daemon:2000"),
    ("AWS_ACCESS_KEY_ID", "AKID"),
    ("AWS_SECRET_ACCESS_KEY", "0123"),
    ("AWS_SESSION_TOKEN", "4567"),
    ("AWS_PROFILE", "shop"),
    ("AWS_SHARED_CREDENTIALS_FILE", "/credentials"),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials"),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials"),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "89ab"),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token"),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"),
    ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://[fd00:ec2::254]"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
    ("HTTPS_PROXY", "http://proxy:3128"),
    ("https_proxy", "http://proxy:3128"),
    ("HTTP_PROXY", "http://proxy:3128"),
    ("http_proxy", "http://proxy:3128"),
    ("NO_PROXY", "example.com"),
    ("no_proxy", "example.com"),
    ("SSL_CERT_FILE", "roots.pem"),
];

/// Whether a variable concerns reports to Rollbar.
fn concerns_rollbar(name: &str) -> bool {
    name.starts_with("ROLLBAR_")
}

/// Whether a variable concerns X-Ray.
fn concerns_xray(name: &str) -> bool {
    name == "TELEMETRY_XRAY" || name.starts_with("AWS_")
}

/// The other variables that a variable needs to have an effect.
fn prerequisites(name: &str) -> &'static [(&'static str, &'static str)] {
    match name {
        "OTEL_TRACES_SAMPLER_ARG" => &[("OTEL_TRACES_SAMPLER", "traceidratio")],
        "OTEL_EXPORTER_OTLP_INSECURE" => {
            &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")]
        }
        "HONEYCOMB_API_KEY" | "ROLLBAR_ACCESS_TOKEN" | "TELEMETRY_XRAY" => &[],
        "AWS_REGION" | "AWS_DEFAULT_REGION" => &[XRAY],
        "AWS_XRAY_DAEMON_ADDRESS" => &[("TELEMETRY_XRAY", "daemon")],
        "AWS_ACCESS_KEY_ID" => &[XRAY, REGION, ("AWS_SECRET_ACCESS_KEY", "0123")],
        "AWS_SECRET_ACCESS_KEY" => &[XRAY, REGION, ("AWS_ACCESS_KEY_ID", "AKID")],
        "AWS_SESSION_TOKEN" => {
            &[XRAY, REGION, ("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "0123")]
        }
        _ if name.starts_with("AWS_CONTAINER_AUTHORIZATION") => {
            &[XRAY, REGION, ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials")]
        }
        _ if concerns_xray(name) => &[XRAY, REGION],
        "NO_PROXY" | "no_proxy" => &[("HTTPS_PROXY", "http://proxy:3128")],
        _ if name.starts_with("HONEYCOMB_") => &[("HONEYCOMB_API_KEY", "0123")],
        _ if concerns_rollbar(name) => &[("ROLLBAR_ACCESS_TOKEN", "0123")],
        "OTEL_BSP_MAX_QUEUE_SIZE" => &[("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "7")],
        "OTEL_BLRP_MAX_QUEUE_SIZE" => &[("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "7")],
        _ => &[],
    }
}

#[test]
fn exactly_the_listed_variables_are_read() {
    let asked = RefCell::new(BTreeSet::new());
    Settings::read(&|name| {
        asked.borrow_mut().insert(name.to_owned());
        None
    });
    let mut listed: BTreeSet<String> = VARIABLES.iter().map(|variable| variable.name.to_owned()).collect();
    for variable in VARIABLES.iter().filter(|variable| variable.name.starts_with("OTEL_EXPORTER_OTLP_")) {
        listed.extend(Signal::ALL.map(|signal| signal.variable_name(*variable)));
    }
    assert_eq!(asked.into_inner(), listed);
}

#[test]
fn every_listed_variable_has_an_effect() {
    let samples: BTreeMap<_, _> = SAMPLES.iter().copied().collect();
    let is_off = |name: &str| {
        concerns_rollbar(name) && !cfg!(feature = "rollbar") || concerns_xray(name) && !cfg!(feature = "xray")
    };
    for variable in VARIABLES.iter().filter(|variable| !is_off(variable.name)) {
        let sample = samples.get(variable.name).expect(variable.name);
        let mut pairs = prerequisites(variable.name).to_vec();
        let (without, _) = read(&pairs);
        pairs.push((variable.name, sample));
        let (with, warnings) = read(&pairs);
        assert_ne!(with, without, "{} has no effect", variable.name);
        assert!(warnings.is_empty(), "{warnings:?}");
    }
}

#[test]
fn every_listed_default_equals_an_unset_variable() {
    let (nothing, _) = read(&[]);
    for variable in VARIABLES.iter().filter(|variable| !variable.default.is_empty()) {
        let (set, warnings) = read(&[(variable.name, variable.default)]);
        assert_eq!(set, nothing, "{}", variable.name);
        assert!(warnings.is_empty(), "{warnings:?}");
    }
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let empty: Vec<(&str, &str)> = VARIABLES.iter().map(|variable| (variable.name, " ")).collect();
    assert_eq!(read(&empty), read(&[]));
}

#[test]
fn an_invalid_value_is_ignored_with_a_warning() {
    let anything = [
        "OTEL_SERVICE_NAME",
        // An invalid one is refused.
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_CERTIFICATE",
        "OTEL_EXPORTER_OTLP_CLIENT_KEY",
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
        "TELEMETRY_FILTER",
        "TELEMETRY_BAGGAGE_ALLOW",
        "TELEMETRY_OWN_HOSTS",
        "HONEYCOMB_API_KEY",
        "HONEYCOMB_CONFIGURATION_KEY",
        "HONEYCOMB_DATASET",
        "HONEYCOMB_METRICS_DATASET",
        "ROLLBAR_ACCESS_TOKEN",
        "ROLLBAR_ENVIRONMENT",
        "ROLLBAR_CODE_VERSION",
        "ROLLBAR_SCRUB_FIELDS",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "NO_PROXY",
        "no_proxy",
        "SSL_CERT_FILE",
    ];
    for variable in VARIABLES.iter().filter(|variable| !anything.contains(&variable.name)) {
        let (settings, warnings) = read(&[(variable.name, "!?")]);
        assert_eq!(warnings.iter().filter(|warning| warning.contains(variable.name)).count(), warnings.len());
        assert!(!warnings.is_empty(), "{}", variable.name);
        assert_eq!(settings, read(&[]).0, "{}", variable.name);
    }
}

#[test]
fn a_variable_of_a_signal_overrides_the_common_one() {
    for variable in VARIABLES.iter().filter(|variable| variable.name.starts_with("OTEL_EXPORTER_OTLP_")) {
        let sample = SAMPLES.iter().find(|(name, _)| *name == variable.name).expect(variable.name).1;
        let own = Signal::Traces.variable_name(*variable);
        let mut pairs = prerequisites(variable.name).to_vec();
        let (without, _) = read(&pairs);
        pairs.push((&own, sample));
        let (with, _) = read(&pairs);
        assert_ne!(with.traces, without.traces, "{own}");
        assert_eq!((with.metrics, with.logs), (without.metrics, without.logs), "{own}");
    }
}
