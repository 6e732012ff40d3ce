//! What to do about a failure of a destination: a sentence for each kind of answer, and for each reason why there is none.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::time::Duration;

use ::http::header::LOCATION;
use ::http::uri::Authority;
use ::http::{Response, StatusCode, Uri};
use bytes::Bytes;
use thiserror::Error;

use super::connector::ProxyError;
use super::first_bytes::WrongPort;
use super::head::page_in_place_of;
use super::tls;
use crate::env::{Variable, Vendor, signal_path, variables};

/// There was no answer within the time limit.
#[derive(Debug, Error)]
#[error("no answer within {} s", (.0.as_secs_f64() * 10.0).round() / 10.0)]
pub(super) struct NoAnswer(pub(super) Duration);

/// What advice depends on.
#[derive(Clone, Debug)]
pub(super) struct Advisor {
    pub(super) vendor: Vendor,
    /// The variable that names the endpoint.
    pub(super) variable: Option<String>,
    pub(super) is_grpc: bool,
}

impl Advisor {
    fn variable(&self) -> &str {
        self.variable.as_deref().unwrap_or("its address")
    }

    /// What to do about an answer that is no success.
    pub(super) fn on_answer(&self, endpoint: &Uri, response: &Response<Bytes>) -> Option<String> {
        let variable = self.variable();
        let advice = match (self.vendor, response.status()) {
            (Vendor::Honeycomb, StatusCode::UNAUTHORIZED) => {
                "the API key is missing, unknown or of another region: check HONEYCOMB_API_KEY (or the header \
                 x-honeycomb-team), and HONEYCOMB_API_ENDPOINT, which is https://api.eu1.honeycomb.io in the EU"
            }
            (Vendor::Honeycomb, StatusCode::FORBIDDEN) => "the API key needs the permission to send events",
            (Vendor::Honeycomb, StatusCode::TOO_MANY_REQUESTS) => {
                "the team sends more than its rate limit: send fewer spans (OTEL_TRACES_SAMPLER), or raise the limit"
            }
            (Vendor::Xray, StatusCode::TOO_MANY_REQUESTS) => {
                "the account sends more than its rate limit: send fewer spans (OTEL_TRACES_SAMPLER), or raise the limit"
            }
            (Vendor::Any, StatusCode::TOO_MANY_REQUESTS) => {
                "it limits the rate: send fewer spans (OTEL_TRACES_SAMPLER), or raise the limit"
            }
            (_, status) if status.is_success() => {
                return Some(page_in_place_of("OTLP", variable));
            }
            (_, status) if status.is_redirection() => return Some(self.on_redirect(response)),
            (_, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                "check the key or token in OTEL_EXPORTER_OTLP_HEADERS"
            }
            (_, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED) => {
                return Some(match repeated_path(endpoint) {
                    Some(path) => {
                        format!("the path of each signal is added to {variable}: leave {path} out of it")
                    }
                    None => format!("it receives no OTLP at this path: check {variable}"),
                });
            }
            (Vendor::Any, StatusCode::UNSUPPORTED_MEDIA_TYPE) => "check OTEL_EXPORTER_OTLP_PROTOCOL",
            (_, StatusCode::PAYLOAD_TOO_LARGE) => {
                "send shorter attributes: set OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"
            }
            (_, status) if status.is_server_error() => "the fault is on its side: see its log or status page",
            _ => return None,
        };
        Some(advice.to_owned())
    }

    fn on_redirect(&self, response: &Response<Bytes>) -> String {
        let variable = self.variable();
        let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()?.parse::<Uri>().ok());
        // Its path and query may hold a token.
        let origin = to.as_ref().and_then(|to| Some(format!("{}://{}", to.scheme_str()?, host(to)?)));
        match origin {
            Some(origin) => {
                format!("redirects are not followed: set {variable} to an address at {origin}")
            }
            None => format!("redirects are not followed: set {variable} to the address that it leads to"),
        }
    }

    /// What to do when there is no answer; `roots` is the variable that names root certificates.
    pub(super) fn on_error(&self, error: &(dyn Error + 'static), roots: Variable) -> Option<String> {
        let chain = || std::iter::successors(Some(error), |error| tls::source_of(*error));
        if chain().any(<dyn Error>::is::<WrongPort>) {
            // It is advice itself.
            return None;
        }
        if let Some(hint) = tls::hint(error, roots.name) {
            return Some(hint);
        }
        let is_kind = |kinds: &[ErrorKind]| {
            chain().filter_map(|error| error.downcast_ref::<io::Error>()).any(|it| kinds.contains(&it.kind()))
        };
        let says = |texts: &[&str]| {
            chain().any(|error| {
                let text = error.to_string();
                texts.iter().any(|part| text.contains(part))
            })
        };
        let is_proxy = chain().any(<dyn Error>::is::<ProxyError>);
        let variable = if is_proxy { "HTTPS_PROXY or HTTP_PROXY" } else { self.variable() };
        Some(if says(&["proxy authorization required"]) {
            format!("write user and password into {variable}, as http://user:password@host:port")
        } else if is_proxy && says(&["tunnel error: unsuccessful"]) {
            "the proxy refuses to connect to this host: allow it there, or add the host to NO_PROXY"
                .to_owned()
        } else if is_kind(&[ErrorKind::ConnectionRefused]) {
            format!("nothing listens there: start it, or change {variable}")
        } else if says(&["dns error"]) {
            format!("the name is unknown: check {variable}")
        } else if is_kind(&[ErrorKind::HostUnreachable, ErrorKind::NetworkUnreachable]) {
            format!("there is no way to that address: check the network, and {variable}")
        } else if chain().any(<dyn Error>::is::<NoAnswer>) {
            self.on_silence()
        } else if is_kind(&[ErrorKind::TimedOut]) {
            format!("the host does not answer: check {variable}, and whether a firewall stands before it")
        } else if says(&["InvalidContentType"]) {
            format!("this port speaks no TLS: begin {variable} with http://")
        } else if self.is_grpc && !is_proxy && says(&NO_GRPC) {
            "this port seems to speak no gRPC: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, or use the port of gRPC, \
             usually 4317"
                .to_owned()
        } else {
            return None;
        })
    }

    fn on_silence(&self) -> String {
        match &self.variable {
            Some(variable) => format!("check {variable}, or set {} to more", variables::OTLP_TIMEOUT.name),
            None => "check its address, and whether a firewall stands before it".to_owned(),
        }
    }
}

/// Host and port, without user and password.
pub(super) fn host(endpoint: &Uri) -> Option<&str> {
    let authority = endpoint.authority().map(Authority::as_str)?;
    Some(authority.rsplit_once('@').map_or(authority, |(_, host)| host))
}

/// What an HTTP/2 client says of a peer that answers something else, or closes the connection.
const NO_GRPC: [&str; 4] =
    ["frame with invalid size", "broken pipe", "Broken pipe", "connection closed before message completed"];

/// The path of a signal that is in the path of the endpoint, before the one that was added.
fn repeated_path(endpoint: &Uri) -> Option<String> {
    let path = endpoint.path();
    let base = signal_path(path).map(|added| &path[..path.len() - added.len()])?;
    signal_path(base).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_was_added_twice_is_known() {
        let repeated = |endpoint: &'static str| repeated_path(&Uri::from_static(endpoint));
        assert_eq!(repeated("http://a/v1/traces/v1/traces").as_deref(), Some("/v1/traces"));
        assert_eq!(repeated("http://a/x/v1/traces/v1/logs?a=b").as_deref(), Some("/v1/traces"));
        assert_eq!(repeated("http://a/v1/traces"), None);
        assert_eq!(repeated("http://a/traces"), None);
    }
}
