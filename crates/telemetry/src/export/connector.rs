//! Connections of the exporters' client: direct, or through a proxy with HTTP CONNECT (RFC 9110, section 9.3.6).

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

use ::http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::net::TcpStream;
use tower_service::Service;

use crate::env::Otlp;

type BoxError = Box<dyn Error + Send + Sync>;

/// Connects to one endpoint.
#[derive(Clone, Debug)]
pub(super) enum Connector {
    Direct(HttpConnector),
    Proxy(Box<Proxy>),
}

/// Connects through a proxy.
#[derive(Clone, Debug)]
pub(super) struct Proxy {
    tunnel: Tunnel<HttpConnector>,
    /// Host and port, for errors.
    name: String,
}

/// A proxy that gave no connection.
#[derive(Debug, Error)]
#[error("the proxy {name}, which HTTPS_PROXY or HTTP_PROXY names")]
struct ProxyError {
    name: String,
    #[source]
    source: BoxError,
}

impl Connector {
    /// The connector for this endpoint, as the settings of proxies say.
    pub(super) fn new(otlp: &Otlp) -> Self {
        let mut direct = HttpConnector::new();
        direct.enforce_http(false);
        let endpoint: Option<Uri> = otlp.endpoint.parse().ok();
        let Some(proxy) = endpoint.and_then(|endpoint| otlp.proxies.for_endpoint(&endpoint)) else {
            return Self::Direct(direct);
        };
        let name =
            [proxy.uri().host().unwrap_or_default(), &proxy.uri().port_u16().unwrap_or(80).to_string()]
                .join(":");
        let tunnel = Tunnel::new(proxy.uri().clone(), direct);
        let tunnel = match proxy.basic_auth() {
            Some(authorization) => tunnel.with_auth(authorization.clone()),
            None => tunnel,
        };
        Self::Proxy(Box::new(Proxy { tunnel, name }))
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        match self {
            Self::Direct(direct) => direct.poll_ready(context).map_err(Into::into),
            Self::Proxy(proxy) => proxy.tunnel.poll_ready(context).map_err(Into::into),
        }
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        match self {
            Self::Direct(direct) => {
                let connecting = direct.call(to);
                Box::pin(async { connecting.await.map_err(Into::into) })
            }
            Self::Proxy(proxy) => {
                let (connecting, name) = (proxy.tunnel.call(to), proxy.name.clone());
                let failed = |error| ProxyError { name, source: Box::new(error) };
                Box::pin(async { connecting.await.map_err(|error| failed(error).into()) })
            }
        }
    }
}
