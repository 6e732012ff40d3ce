//! Keys that would cross a network in plaintext.

use std::net::IpAddr;

use http::Uri;

use super::proxy::is_outside;
use super::reader::Reader;

/// Ends of names that are resolved within a cluster or a private network alone.
const PRIVATE_DOMAINS: [&str; 3] = [".svc", ".local", ".internal"];

/// Warns when `endpoint`, which `variable` names, is reached without TLS over a network that others may read.
pub(super) fn warn(reader: &mut Reader<'_>, variable: &str, endpoint: &str) {
    if is_exposed(endpoint) {
        reader.warnings.push(format!(
            "{variable} begins with http://, so the key is sent there unencrypted: begin it with https://"
        ));
    }
}

fn is_exposed(endpoint: &str) -> bool {
    let Ok(uri) = endpoint.parse::<Uri>() else { return false };
    let is_public = |host: &str| {
        is_outside(host) && !is_private(host) && !PRIVATE_DOMAINS.iter().any(|domain| host.ends_with(domain))
    };
    uri.scheme_str() == Some("http") && uri.host().is_some_and(is_public)
}

/// Whether this is an address of a private network (RFC 1918, RFC 4193) or of one link.
fn is_private(host: &str) -> bool {
    match host.trim_start_matches('[').trim_end_matches(']').parse() {
        Ok(IpAddr::V4(address)) => address.is_private() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => address.is_unique_local() || address.is_unicast_link_local(),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;
    use super::*;

    #[test]
    fn only_http_to_a_public_host_is_exposed() {
        for exposed in [
            "http://api.honeycomb.io",
            "HTTP://otlp.example.com:4318/v1/traces",
            "http://8.8.8.8",
            "http://[2001:db8::1]:4318",
        ] {
            assert!(is_exposed(exposed), "{exposed}");
        }
        for private in [
            "https://api.honeycomb.io",
            "http://127.0.0.1:4318",
            "http://[::1]:4318",
            "http://localhost:4318",
            "http://collector:4318",
            "http://10.1.2.3:4318",
            "http://[fd00::1]:4318",
            "http://collector.monitoring.svc:4318",
            "http://collector.monitoring.svc.cluster.local:4318",
        ] {
            assert!(!is_exposed(private), "{private}");
        }
    }

    #[test]
    fn a_key_that_is_sent_unencrypted_is_warned_of_once() {
        for variables in [
            &[("HONEYCOMB_API_KEY", "0123"), ("HONEYCOMB_API_ENDPOINT", "http://a.example")][..],
            &[
                ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=0123"),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a.example"),
            ],
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:0123@a.example")],
        ] {
            let warnings = read(variables).1;
            let name = variables.last().expect("a variable").0;
            let [warning] = &warnings[..] else { panic!("{name}: {warnings:?}") };
            assert!(warning.starts_with(name) && warning.contains("unencrypted"), "{warning}");
        }
        assert_eq!(read(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a.example")]).1, Vec::<String>::new());
    }
}
