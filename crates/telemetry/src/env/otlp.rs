//! The exporter of one signal (`OTEL_EXPORTER_OTLP_*`). A variable of the signal overrides the common one.

use std::path::PathBuf;
use std::time::Duration;

use super::endpoint::{Endpoint, EndpointError, join};
use super::proxy::Proxies;
use super::reader::Reader;
use super::signal::{Signal, warn_of_signal_path};
use super::spelling::unquoted;
use super::variables::{self, Variable};

const AUTHORIZATION: &str = "authorization";
const DEFAULT_HTTP: &str = "http://localhost:4318";
/// The time limit of one request.
pub(super) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
const DEFAULT_GRPC: &str = "http://localhost:4317";

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
    /// Without user and password. Empty if it is refused.
    pub(crate) endpoint: String,
    /// The variable that names the endpoint, or could; `None` when it is not configured by one alone.
    pub(crate) variable: Option<String>,
    /// Why nothing can be sent to the endpoint that is named. It is never replaced: data would go to a host that nobody named.
    pub(crate) refused: Option<String>,
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
            variable: None,
            refused: None,
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
        let exporter = reader.choice(name, "not one of otlp, console, none", |value| match value {
            "otlp" => Some(None),
            "console" => Some(Some(Self::Console)),
            "none" => Some(Some(Self::None)),
            _ => None,
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
            reader.choice(name, "not one of http/protobuf, http/json, grpc", |value| match value {
                "http/protobuf" => Some(Protocol::HttpProtobuf),
                "http/json" => Some(Protocol::HttpJson),
                "grpc" => Some(Protocol::Grpc),
                _ => None,
            })
        });
        let protocol = protocol.unwrap_or(Protocol::HttpProtobuf);
        let gzip = signal_or_common(reader, signal, variables::OTLP_COMPRESSION, |reader, name| {
            reader.choice(name, "not one of gzip, none", |value| match value {
                "gzip" => Some(true),
                "none" => Some(false),
                _ => None,
            })
        });
        let timeout = signal_or_common(reader, signal, variables::OTLP_TIMEOUT, Reader::timeout);
        let insecure =
            signal_or_common(reader, signal, variables::OTLP_INSECURE, Reader::boolean).unwrap_or(false);
        let own = headers(reader, &signal.variable_name(variables::OTLP_HEADERS));
        let common = headers(reader, variables::OTLP_HEADERS.name);
        let mut headers = if own.is_empty() { common } else { own };
        let is_honeycomb = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("x-honeycomb-team"));
        let trusted = reader.pem_path(variables::SSL_CERT_FILE.name);
        let (variable, endpoint) = endpoint(reader, signal, protocol, insecure);
        let (endpoint, refused) = match endpoint {
            Ok(Endpoint { url, authorization }) => {
                let is_set = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(AUTHORIZATION));
                headers
                    .extend(authorization.filter(|_| !is_set).map(|value| (AUTHORIZATION.to_owned(), value)));
                (url, None)
            }
            Err(refused) => (String::new(), Some(refused)),
        };
        Self {
            endpoint,
            variable: Some(variable),
            refused,
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
    signal_or_common(reader, signal, variable, Reader::pem_path)
}

/// The signal's endpoint unchanged, or else the common one with the signal's path added, and the variable that names it. The
/// error says what to change.
///
/// With gRPC both are only a scheme and an authority: the path names service and method.
fn endpoint(
    reader: &mut Reader<'_>,
    signal: Signal,
    protocol: Protocol,
    insecure: bool,
) -> (String, Result<Endpoint, String>) {
    let grpc = protocol == Protocol::Grpc;
    let own = signal.variable_name(variables::OTLP_ENDPOINT);
    let is_own = reader.named(&own).is_some();
    let variable = if is_own { own } else { variables::OTLP_ENDPOINT.name.to_owned() };
    let default = if grpc { DEFAULT_GRPC } else { DEFAULT_HTTP };
    let value = reader.named(&variable).unwrap_or_else(|| default.to_owned());
    let parsed = if grpc { parse_grpc(&value, insecure) } else { Endpoint::parse(&value) };
    let base = match parsed {
        Ok(base) => base,
        Err(error) => {
            let problem = format!("{variable} cannot be used: {error}");
            return (variable, Err(problem));
        }
    };
    let url = if grpc {
        let (scheme, rest) = base.url.split_once("://").unwrap_or(("https", &base.url));
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        format!("{scheme}://{authority}/{}", signal.method())
    } else if is_own {
        base.url.clone()
    } else {
        warn_of_signal_path(reader, &variable, &base.url);
        join(&base.url, signal.path())
    };
    (variable, Ok(Endpoint { url, ..base }))
}

/// Parses a URL, or `host:port`, for which `insecure` says whether TLS is used.
fn parse_grpc(value: &str, insecure: bool) -> Result<Endpoint, EndpointError> {
    if value.contains('/') {
        return Endpoint::parse(value);
    }
    Endpoint::parse(&format!("{}://{value}", if insecure { "http" } else { "https" }))
}

/// Reads headers. An invalid one is left out with a warning, which does not contain it.
fn headers(reader: &mut Reader<'_>, name: &str) -> Vec<(String, String)> {
    let (valid, invalid): (Vec<_>, Vec<_>) = reader.pairs(name).into_iter().partition(|(key, value)| {
        key.parse::<http::HeaderName>().is_ok() && value.parse::<http::HeaderValue>().is_ok()
    });
    if !invalid.is_empty() {
        reader.no_pair(name);
    }
    if valid.iter().any(|(_, value)| unquoted(value).is_some()) {
        reader.warnings.push(format!(
            "{name}: a header has quotes around its value, which were removed: remove them where it is set"
        ));
    }
    let plain = |value: String| unquoted(&value).map(str::to_owned).unwrap_or(value);
    valid.into_iter().map(|(key, value)| (key, plain(value))).collect()
}
