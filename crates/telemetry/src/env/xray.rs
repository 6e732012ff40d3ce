//! The settings of AWS X-Ray (`TELEMETRY_XRAY`, `AWS_*`).

use std::time::Duration;

use super::aws::{CredentialSources, Region};
use super::endpoint::join;
use super::otlp::{Exporter, Otlp, Protocol, Vendor};
use super::proxy::Proxies;
use super::reader::Reader;
use super::signal::{Signal, warn_of_signal_path};
use super::variables as v;

/// The settings of AWS X-Ray as a destination of spans. They exist when `TELEMETRY_XRAY` is set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Xray {
    /// `TELEMETRY_XRAY=otlp`: the OTLP endpoint, with signed requests.
    Otlp(Box<XrayOtlp>),
    /// `TELEMETRY_XRAY=daemon`: segment documents to the daemon.
    Daemon {
        /// `host:port`, by UDP.
        address: String,
        /// The region of the console's page of a trace, if it is known.
        region: Option<Region>,
    },
}

/// X-Ray's OTLP endpoint.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct XrayOtlp {
    pub(crate) otlp: Otlp,
    /// The region of the signature.
    pub(crate) region: Region,
    pub(crate) credentials: CredentialSources,
    /// Whether `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` names the endpoint. Then no spans go elsewhere by OTLP.
    pub(crate) is_traces_endpoint: bool,
}

/// The values of `TELEMETRY_XRAY`.
#[derive(Clone, Copy)]
enum Delivery {
    Otlp,
    Daemon,
}

impl Xray {
    /// `None` when it is not asked for, without a region for signatures, and when the crate's feature `xray` is off. `daemon`
    /// is `None` when its address is invalid.
    pub(super) fn read(
        reader: &mut Reader<'_>,
        timeout: Duration,
        daemon: Option<&DaemonAddress>,
    ) -> Option<Self> {
        let credentials = CredentialSources::read(reader);
        let region = Region::read(reader);
        let delivery = reader.parsed(v::XRAY.name, "not one of otlp, daemon", |value| match value {
            "otlp" => Some(Delivery::Otlp),
            "daemon" => Some(Delivery::Daemon),
            _ => None,
        });
        let endpoint = endpoint(reader, region.as_ref());
        let delivery = delivery?;
        if !cfg!(feature = "xray") {
            reader.warnings.push(format!("{} is ignored: telemetry's feature `xray` is off", v::XRAY.name));
            return None;
        }
        if matches!(delivery, Delivery::Daemon) {
            let Some(daemon) = daemon else {
                // Never replaced by the default address: nobody named that.
                let name = v::AWS_XRAY_DAEMON_ADDRESS.name;
                reader.ignored(v::XRAY.name, "daemon", &format!("{name} is {}", DaemonAddress::PROBLEM));
                return None;
            };
            return Some(Self::Daemon { address: daemon.udp.clone(), region });
        }
        let is_set = |variable| reader.text(variable).is_some();
        if is_set(v::AWS_ACCESS_KEY_ID) != is_set(v::AWS_SECRET_ACCESS_KEY) {
            let problem = "set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither";
            reader.ignored(v::XRAY.name, "otlp", problem);
            return None;
        }
        let NamedEndpoint { url: endpoint, variable } = endpoint?;
        let is_traces_endpoint = variable == Signal::Traces.variable_name(v::OTLP_ENDPOINT);
        let Some(region) = Region::of_host(&endpoint).or(region) else {
            reader.ignored(v::XRAY.name, "otlp", "set AWS_REGION to the region that requests are signed for");
            return None;
        };
        let base = if is_traces_endpoint {
            Otlp::read(reader, Signal::Traces)
        } else {
            let certificate = reader.pem_path(v::SSL_CERT_FILE.name);
            let proxies = Proxies::read(reader);
            Otlp { proxies, ..Otlp::of_endpoint(String::new(), timeout, certificate) }
        };
        // X-Ray takes protobuf and JSON over HTTP/1.1, with or without gzip.
        let otlp = Otlp {
            endpoint,
            variable: Some(variable),
            protocol: Protocol::HttpProtobuf,
            gzip: true,
            vendor: Vendor::Xray,
            ..base
        };
        Some(Self::Otlp(Box::new(XrayOtlp { otlp, region, credentials, is_traces_endpoint })))
    }
}

impl Xray {
    /// The exporter of traces beside X-Ray: none where it would send to X-Ray itself, or to the default endpoint, which
    /// nobody named.
    pub(super) fn beside(&self, traces: Exporter, reader: &Reader<'_>) -> Exporter {
        match self {
            Self::Otlp(xray) if xray.is_traces_endpoint && matches!(traces, Exporter::Otlp(_)) => {
                Exporter::None
            }
            Self::Otlp(xray) => traces.beside(Some(&xray.otlp), reader, Signal::Traces),
            Self::Daemon { .. } => traces.beside(None, reader, Signal::Traces),
        }
    }
}

/// An endpoint, and the variable that names it.
struct NamedEndpoint {
    url: String,
    variable: String,
}

/// The endpoint. An invalid one is never replaced.
fn endpoint(reader: &mut Reader<'_>, region: Option<&Region>) -> Option<NamedEndpoint> {
    let traces = Signal::Traces.variable_name(v::OTLP_ENDPOINT);
    let base = reader.text(v::AWS_ENDPOINT_URL_XRAY);
    if reader.named(&traces).is_some() {
        return Some(NamedEndpoint { url: reader.url(&traces)?, variable: traces });
    }
    let (base, variable) = match base {
        Some(_) => (reader.url(v::AWS_ENDPOINT_URL_XRAY.name)?, v::AWS_ENDPOINT_URL_XRAY),
        // Without a region nothing is sent.
        None => (region.map_or_else(String::new, |region| region.endpoint("xray")), v::AWS_REGION),
    };
    warn_of_signal_path(reader, variable.name, &base);
    Some(NamedEndpoint { url: join(&base, Signal::Traces.path()), variable: variable.name.to_owned() })
}

/// Where the X-Ray daemon listens (`AWS_XRAY_DAEMON_ADDRESS`): `host:port` pairs, which are resolved when they are used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct DaemonAddress {
    /// Segment documents.
    pub(crate) udp: String,
    /// Sampling rules, by HTTP.
    pub(crate) tcp: String,
}

impl DaemonAddress {
    pub(super) const PROBLEM: &str = "not host:port, or tcp:host:port udp:host:port";

    /// The default address when none is named; `None` when it is invalid.
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        match reader.text(v::AWS_XRAY_DAEMON_ADDRESS) {
            Some(_) => reader.parsed(v::AWS_XRAY_DAEMON_ADDRESS.name, Self::PROBLEM, Self::parse),
            None => Some(Self::both(v::AWS_XRAY_DAEMON_ADDRESS.default)),
        }
    }

    fn both(address: &str) -> Self {
        Self { udp: address.to_owned(), tcp: address.to_owned() }
    }

    /// As AWS's own SDKs parse it: one address for both protocols, or one for each in any order.
    fn parse(value: &str) -> Option<Self> {
        let words: Vec<&str> = value.split_whitespace().collect();
        let of = |protocol: &str| {
            words.iter().find_map(|word| word.strip_prefix(protocol)).filter(|it| is_address(it))
        };
        match words[..] {
            [address] if is_address(address) => Some(Self::both(address)),
            [_, _] => Some(Self { udp: of("udp:")?.to_owned(), tcp: of("tcp:")?.to_owned() }),
            _ => None,
        }
    }
}

/// Whether this is a host and a port.
fn is_address(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let is_host = !host.is_empty() && (host.starts_with('[') && host.ends_with(']') || !host.contains(':'));
    is_host && port.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_daemon_address_is_one_for_both_protocols_or_one_for_each() {
        let parsed = |value| DaemonAddress::parse(value).map(|address| (address.udp, address.tcp));
        let pair = |udp: &str, tcp: &str| Some((udp.to_owned(), tcp.to_owned()));
        assert_eq!(parsed("xray-daemon:2000"), pair("xray-daemon:2000", "xray-daemon:2000"));
        assert_eq!(parsed("[::1]:2000"), pair("[::1]:2000", "[::1]:2000"));
        assert_eq!(parsed("tcp:a:1  udp:b:2"), pair("b:2", "a:1"));
        assert_eq!(parsed("udp:b:2 tcp:a:1"), pair("b:2", "a:1"));
        for invalid in [
            "a",
            "a:",
            ":1",
            "a:0",
            "a:65536",
            "::1:2000",
            "tcp:a:1",
            "tcp:a:1 tcp:b:2",
            "a:1 b:2",
            "udp:a:1 b",
        ] {
            assert_eq!(parsed(invalid), None, "{invalid}");
        }
    }
}
