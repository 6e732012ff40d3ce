//! Connections of the exporters' client: direct, or through a proxy with HTTP CONNECT (RFC 9110, section 9.3.6).

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

use ::http::{StatusCode, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tower_service::Service;

use super::first_bytes::{FirstBytes, ObservedStream};
use crate::env::Otlp;

type BoxError = Box<dyn Error + Send + Sync>;

type Connecting = Pin<Box<dyn Future<Output = Result<TokioIo<ObservedStream>, BoxError>> + Send>>;

/// Connects to one endpoint.
#[derive(Clone, Debug)]
pub(super) enum Connector {
    Direct(Direct),
    Proxy(Box<Proxy>),
}

/// Connects directly, and remembers the first bytes of the newest connection.
#[derive(Clone, Debug)]
pub(super) struct Direct {
    connector: HttpConnector,
    first: FirstBytes,
}

/// Connects through a proxy.
#[derive(Clone, Debug)]
pub(super) struct Proxy {
    tunnel: Tunnel<Direct>,
    /// Host and port, for errors.
    name: String,
    /// Of the proxy's own answer.
    first: FirstBytes,
}

/// A proxy that gave no connection.
#[derive(Debug, Error)]
#[error("the proxy {name}, which HTTPS_PROXY or HTTP_PROXY names{}", answered(*.status))]
pub(super) struct ProxyError {
    name: String,
    /// What it answered, if it is no success.
    status: Option<StatusCode>,
    #[source]
    source: BoxError,
}

fn answered(status: Option<StatusCode>) -> String {
    status.map(|status| format!(", answered {status}")).unwrap_or_default()
}

impl Connector {
    /// The connector for this endpoint, as the settings of proxies say.
    pub(super) fn new(otlp: &Otlp, first: FirstBytes) -> Self {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        let endpoint: Option<Uri> = otlp.endpoint.parse().ok();
        let Some(proxy) = endpoint.and_then(|endpoint| otlp.proxies.for_endpoint(&endpoint)) else {
            return Self::Direct(Direct { connector, first });
        };
        let name =
            [proxy.uri().host().unwrap_or_default(), &proxy.uri().port_u16().unwrap_or(80).to_string()]
                .join(":");
        let first = FirstBytes::default();
        let tunnel = Tunnel::new(proxy.uri().clone(), Direct { connector, first: first.clone() });
        let tunnel = match proxy.basic_auth() {
            Some(authorization) => tunnel.with_auth(authorization.clone()),
            None => tunnel,
        };
        Self::Proxy(Box::new(Proxy { tunnel, name, first }))
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<ObservedStream>;
    type Error = BoxError;
    type Future = Connecting;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        match self {
            Self::Direct(direct) => direct.poll_ready(context),
            Self::Proxy(proxy) => proxy.tunnel.poll_ready(context).map_err(Into::into),
        }
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        match self {
            Self::Direct(direct) => direct.call(to),
            Self::Proxy(proxy) => {
                let connecting = proxy.tunnel.call(with_port(to));
                let (name, first) = (proxy.name.clone(), proxy.first.clone());
                Box::pin(async move {
                    connecting.await.map_err(|error| {
                        let status = first.status().filter(|status| !status.is_success());
                        ProxyError { name, status, source: Box::new(error) }.into()
                    })
                })
            }
        }
    }
}

impl Service<Uri> for Direct {
    type Response = TokioIo<ObservedStream>;
    type Error = BoxError;
    type Future = Connecting;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.connector.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let (connecting, first) = (self.connector.call(to), self.first.clone());
        Box::pin(async move { Ok(TokioIo::new(ObservedStream::new(connecting.await?.into_inner(), first))) })
    }
}

/// The URI with its port: a tunnel to one without a port would go to 443, in plaintext for http.
fn with_port(to: Uri) -> Uri {
    if to.port().is_some() || to.scheme_str() != Some("http") {
        return to;
    }
    let mut parts = to.clone().into_parts();
    parts.authority = to.host().and_then(|host| format!("{host}:80").parse().ok());
    Uri::from_parts(parts).unwrap_or(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tunnel_for_http_without_a_port_goes_to_80() {
        for (uri, expected) in [
            ("http://api.example/", "http://api.example:80/"),
            ("http://[2001:db8::1]/", "http://[2001:db8::1]:80/"),
            ("http://api.example:4318/", "http://api.example:4318/"),
            ("https://api.example/", "https://api.example/"),
        ] {
            assert_eq!(with_port(Uri::from_static(uri)), expected);
        }
    }
}
