//! The exporter of one signal (`OTEL_EXPORTER_OTLP_*`). A variable of the signal overrides the common one.

use std::path::PathBuf;
use std::time::Duration;

use super::proxy::Proxies;
use super::reader::Reader;
use super::variables::{self, Variable};

const DEFAULT_HTTP: &str = "http://localhost:4318";
/// The time limit of one request.
pub(super) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
const DEFAULT_GRPC: &str = "http://localhost:4317";

/// A signal, with its part in names of variables and in paths.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Signal {
    Traces,
    Metrics,
    Logs,
}

impl Signal {
    pub(super) const ALL: [Self; 3] = [Self::Traces, Self::Metrics, Self::Logs];

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Traces => "v1/traces",
            Self::Metrics => "v1/metrics",
            Self::Logs => "v1/logs",
        }
    }

    /// The service and method of a gRPC call.
    fn method(self) -> &'static str {
        match self {
            Self::Traces => "opentelemetry.proto.collector.trace.v1.TraceService/Export",
            Self::Metrics => "opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
            Self::Logs => "opentelemetry.proto.collector.logs.v1.LogsService/Export",
        }
    }

    fn infix(self) -> &'static str {
        match self {
            Self::Traces => "OTLP_TRACES_",
            Self::Metrics => "OTLP_METRICS_",
            Self::Logs => "OTLP_LOGS_",
        }
    }

    /// The signal's form of a variable: `OTEL_EXPORTER_OTLP_TRACES_TIMEOUT` for `OTEL_EXPORTER_OTLP_TIMEOUT`.
    pub(super) fn variable_name(self, variable: Variable) -> String {
        variable.name.replacen("OTLP_", self.infix(), 1)
    }

    fn exporter(self) -> Variable {
        match self {
            Self::Traces => variables::TRACES_EXPORTER,
            Self::Metrics => variables::METRICS_EXPORTER,
            Self::Logs => variables::LOGS_EXPORTER,
        }
    }
}

/// The exporter of a signal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Exporter {
    Otlp(Otlp),
    Console,
    None,
}

/// `OTEL_EXPORTER_OTLP_PROTOCOL`
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Protocol {
    HttpProtobuf,
    HttpJson,
    Grpc,
}

/// Whose OTLP endpoint it is, which decides the words for its answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Vendor {
    Any,
    Honeycomb,
    Xray,
}

/// The settings of an OTLP exporter.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Otlp {
    pub(crate) endpoint: String,
    pub(crate) protocol: Protocol,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) gzip: bool,
    pub(crate) timeout: Duration,
    /// A PEM file of root certificates.
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) client_key: Option<PathBuf>,
    pub(crate) client_certificate: Option<PathBuf>,
    pub(crate) vendor: Vendor,
    pub(crate) proxies: Proxies,
}

impl Otlp {
    /// The endpoint's host and port.
    fn authority(&self) -> Option<String> {
        Some(self.endpoint.parse::<http::Uri>().ok()?.authority()?.to_string())
    }

    /// The settings of an endpoint that is not configured by `OTEL_EXPORTER_OTLP_*`, and is reached directly.
    pub(crate) fn of_endpoint(endpoint: String, timeout: Duration, certificate: Option<PathBuf>) -> Self {
        Self {
            endpoint,
            protocol: Protocol::HttpJson,
            headers: Vec::new(),
            gzip: false,
            timeout,
            certificate,
            client_key: None,
            client_certificate: None,
            vendor: Vendor::Any,
            proxies: Proxies::default(),
        }
    }
}

impl Exporter {
    pub(super) fn read(reader: &mut Reader<'_>, signal: Signal) -> Self {
        let name = signal.exporter().name;
        let exporter = reader.parsed(name, "not one of otlp, console, none", |value| {
            match value.to_ascii_lowercase().as_str() {
                "otlp" => Some(None),
                "console" => Some(Some(Self::Console)),
                "none" => Some(Some(Self::None)),
                _ => None,
            }
        });
        let otlp = Otlp::read(reader, signal);
        exporter.flatten().unwrap_or(Self::Otlp(otlp))
    }
}

impl Exporter {
    /// This exporter beside another destination of the signal: none where it would send to the same host once more, or
    /// to the default endpoint, which nobody named. `other` is that destination, if it takes OTLP.
    pub(super) fn beside(self, other: Option<&Otlp>, reader: &Reader<'_>, signal: Signal) -> Self {
        let is_named = [variables::OTLP_ENDPOINT.name, &signal.variable_name(variables::OTLP_ENDPOINT)]
            .iter()
            .any(|name| reader.named(name).is_some());
        match &self {
            Self::Otlp(otlp)
                if !is_named || other.is_some_and(|other| otlp.authority() == other.authority()) =>
            {
                Self::None
            }
            _ => self,
        }
    }
}

impl Otlp {
    pub(super) fn read(reader: &mut Reader<'_>, signal: Signal) -> Self {
        let protocol = signal_or_common(reader, signal, variables::OTLP_PROTOCOL, |reader, name| {
            reader.parsed(name, "not one of http/protobuf, http/json, grpc", |value| match value {
                "http/protobuf" => Some(Protocol::HttpProtobuf),
                "http/json" => Some(Protocol::HttpJson),
                "grpc" => Some(Protocol::Grpc),
                _ => None,
            })
        });
        let protocol = protocol.unwrap_or(Protocol::HttpProtobuf);
        let gzip = signal_or_common(reader, signal, variables::OTLP_COMPRESSION, |reader, name| {
            reader.parsed(name, "not one of gzip, none", |value| match value {
                "gzip" => Some(true),
                "none" => Some(false),
                _ => None,
            })
        });
        let timeout = signal_or_common(reader, signal, variables::OTLP_TIMEOUT, Reader::milliseconds);
        let insecure =
            signal_or_common(reader, signal, variables::OTLP_INSECURE, Reader::boolean).unwrap_or(false);
        let own = headers(reader, &signal.variable_name(variables::OTLP_HEADERS));
        let common = headers(reader, variables::OTLP_HEADERS.name);
        let headers = if own.is_empty() { common } else { own };
        let is_honeycomb = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("x-honeycomb-team"));
        let trusted = reader.text(variables::SSL_CERT_FILE).map(PathBuf::from);
        Self {
            endpoint: endpoint(reader, signal, protocol, insecure),
            protocol,
            headers,
            gzip: gzip.unwrap_or(false),
            timeout: timeout.unwrap_or(DEFAULT_TIMEOUT),
            certificate: file(reader, signal, variables::OTLP_CERTIFICATE).or(trusted),
            client_key: file(reader, signal, variables::OTLP_CLIENT_KEY),
            client_certificate: file(reader, signal, variables::OTLP_CLIENT_CERTIFICATE),
            vendor: if is_honeycomb { Vendor::Honeycomb } else { Vendor::Any },
            proxies: Proxies::read(reader),
        }
    }
}

/// The value of the signal's variable, or else of the common one.
fn signal_or_common<'a, T>(
    reader: &mut Reader<'a>,
    signal: Signal,
    variable: Variable,
    mut read: impl FnMut(&mut Reader<'a>, &str) -> Option<T>,
) -> Option<T> {
    let own = read(reader, &signal.variable_name(variable));
    own.or_else(|| read(reader, variable.name))
}

fn file(reader: &mut Reader<'_>, signal: Signal, variable: Variable) -> Option<PathBuf> {
    signal_or_common(reader, signal, variable, |reader, name| reader.named(name)).map(PathBuf::from)
}

/// The signal's endpoint unchanged, or else the common one with the signal's path added.
///
/// With gRPC both are only a scheme and an authority: the path names service and method.
fn endpoint(reader: &mut Reader<'_>, signal: Signal, protocol: Protocol, insecure: bool) -> String {
    let grpc = protocol == Protocol::Grpc;
    let own = url(reader, &signal.variable_name(variables::OTLP_ENDPOINT), grpc);
    if let Some(own) = own.clone().filter(|_| !grpc) {
        return own;
    }
    let base = own.or_else(|| url(reader, variables::OTLP_ENDPOINT.name, grpc));
    if !grpc {
        let base = base.unwrap_or_else(|| DEFAULT_HTTP.to_owned());
        return format!("{}/{}", base.trim_end_matches('/'), signal.path());
    }
    let base = base.unwrap_or_else(|| DEFAULT_GRPC.to_owned());
    let (scheme, rest) = base.split_once("://").unwrap_or((if insecure { "http" } else { "https" }, &base));
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    format!("{scheme}://{authority}/{}", signal.method())
}

/// Reads an http or https URL, or for gRPC only an authority.
fn url(reader: &mut Reader<'_>, name: &str, grpc: bool) -> Option<String> {
    let value = reader.named(name)?;
    let is_authority =
        || !value.contains("://") && value.parse::<http::Uri>().is_ok_and(|uri| uri.host().is_some());
    if grpc && is_authority() { Some(value) } else { reader.url(name) }
}

/// Reads headers. An invalid one is left out with a warning, which does not contain its value.
fn headers(reader: &mut Reader<'_>, name: &str) -> Vec<(String, String)> {
    let (valid, invalid): (Vec<_>, Vec<_>) = reader.pairs(name).into_iter().partition(|(key, value)| {
        key.parse::<http::HeaderName>().is_ok() && value.parse::<http::HeaderValue>().is_ok()
    });
    for (key, _) in invalid {
        reader.warnings.push(format!("{name}: ignored {key:?}: not a valid header"));
    }
    valid
}
