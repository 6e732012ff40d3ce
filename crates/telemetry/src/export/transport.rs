//! One HTTP client for all exports: hyper and rustls (ring), on a runtime of its own.
//!
//! It is given to `opentelemetry-otlp` explicitly, so that no feature of another crate chooses a client that needs a
//! runtime where there is none. Nothing here makes spans: the exporter's own work is never traced.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::http::uri::{Authority, Uri};
use ::http::{Request, Response};
use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{HttpClient, HttpError};
use tokio::runtime::{Builder, Runtime};

use super::error::ExportError;
use super::grpc::{self, GrpcStatus};
use super::tls;
use crate::env::{Otlp, Protocol};

/// What a backend's answer may be at most: it says one sentence.
const MAX_RESPONSE: usize = 64 * 1024;

type Hyper = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// The client, and the runtime that drives it.
pub(crate) struct Transport {
    client: Hyper,
    runtime: Runtime,
    timeout: Duration,
    grpc: bool,
    reason: LastFailure,
}

/// Why the last exchange failed: OpenTelemetry's exporters pass on that one did, and not why.
#[derive(Clone, Debug, Default)]
pub(crate) struct LastFailure(Arc<Mutex<String>>);

impl LastFailure {
    pub(crate) fn last(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, reason: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = reason;
    }
}

impl Transport {
    pub(crate) fn new(otlp: &Otlp) -> Result<Self, ExportError> {
        Ok(Self {
            client: client(otlp)?,
            runtime: Builder::new_current_thread().enable_all().build().map_err(ExportError::runtime)?,
            timeout: otlp.timeout,
            grpc: otlp.protocol == Protocol::Grpc,
            reason: LastFailure::default(),
        })
    }

    /// The same, with no more than `limit` for an exchange. OpenTelemetry's exporters have a time limit of their own and leave
    /// keeping it to the transport that they make themselves.
    pub(crate) fn within(self, limit: Duration) -> Self {
        Self { timeout: self.timeout.min(limit), ..self }
    }

    /// Where to look for what failed, once the transport is in an exporter's hands.
    pub(crate) fn reason(&self) -> LastFailure {
        self.reason.clone()
    }

    /// Sends one request and reads the whole answer within `limit`.
    pub(crate) fn exchange(
        &self,
        request: Request<Bytes>,
        limit: Duration,
    ) -> Result<Response<Bytes>, HttpError> {
        let limit = limit.min(self.timeout);
        let request = if self.grpc { grpc::request(request, limit) } else { request };
        let exchange = async {
            let response = self.client.request(request.map(Full::new)).await?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, MAX_RESPONSE).collect().await?;
            let trailers = body.trailers().filter(|_| self.grpc).cloned();
            let response = Response::from_parts(head, body.to_bytes());
            Ok::<_, HttpError>(if self.grpc { grpc::response(response, trailers.as_ref()) } else { response })
        };
        self.runtime.block_on(async {
            let outcome = tokio::time::timeout(limit, exchange).await;
            if outcome.is_err() {
                // The connection's task hears of it now or with the next exchange, whenever that is.
                tokio::task::yield_now().await;
            }
            outcome
        })?
    }
}

#[cfg(feature = "grpc")]
fn client(otlp: &Otlp) -> Result<Hyper, ExportError> {
    let connector = HttpsConnectorBuilder::new().with_tls_config(tls::client(otlp)?).https_or_http();
    Ok(if otlp.protocol == Protocol::Grpc {
        Client::builder(TokioExecutor::new()).http2_only(true).build(connector.enable_http2().build())
    } else {
        Client::builder(TokioExecutor::new()).build(connector.enable_http1().build())
    })
}

#[cfg(not(feature = "grpc"))]
fn client(otlp: &Otlp) -> Result<Hyper, ExportError> {
    if otlp.protocol == Protocol::Grpc {
        return Err(ExportError::NoGrpc);
    }
    let connector = HttpsConnectorBuilder::new().with_tls_config(tls::client(otlp)?).https_or_http();
    Ok(Client::builder(TokioExecutor::new()).build(connector.enable_http1().build()))
}

/// What an answer that is no success says.
pub(super) fn failure_reason(endpoint: &Uri, response: &Response<Bytes>) -> String {
    match response.extensions().get::<GrpcStatus>() {
        Some(GrpcStatus(said)) => format!("{} answered {said}", redacted(endpoint)),
        None => format!("{} answered {}", redacted(endpoint), response.status()),
    }
}

/// Why there is no answer, and what to do where that is known.
pub(super) fn transport_error(endpoint: &Uri, error: &(dyn Error + 'static)) -> String {
    let hint = tls::hint(error).map(|hint| format!("; {hint}")).unwrap_or_default();
    format!("{}: {}{hint}", redacted(endpoint), crate::error_chain::with_sources(error))
}

/// The endpoint without what may be a secret: user, password, query.
fn redacted(endpoint: &Uri) -> String {
    let authority = endpoint.authority().map(Authority::as_str);
    let host = authority.map(|authority| authority.rsplit_once('@').map_or(authority, |(_, host)| host));
    format!("{}://{}{}", endpoint.scheme_str().unwrap_or("http"), host.unwrap_or_default(), endpoint.path())
}

impl fmt::Debug for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Transport").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpClient for Transport {
    /// Blocks: it is called from exporter threads alone, which have nothing else to do.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let endpoint = request.uri().clone();
        let outcome = self.exchange(request, self.timeout);
        match &outcome {
            Ok(response) if response.status().is_success() => {}
            Ok(response) => self.reason.set(failure_reason(&endpoint, response)),
            Err(error) => self.reason.set(transport_error(&endpoint, &**error)),
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoints_secrets_are_not_shown() {
        let uri = "https://me:secret@a.example:4318/v1/traces?api_key=secret".parse().expect("a URI");
        assert_eq!(redacted(&uri), "https://a.example:4318/v1/traces");
        assert_eq!(redacted(&"http://[::1]:4318/".parse().expect("a URI")), "http://[::1]:4318/");
    }
}
