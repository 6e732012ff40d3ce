//! The HTTP client of all exporters: hyper and rustls (ring), on a runtime of its own.
//!
//! `opentelemetry-otlp` gets it explicitly. Otherwise a feature of another crate could choose a client that needs a
//! runtime on threads that have none. Nothing here creates spans: the work of exporters is never traced.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::http::{Request, Response};
use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{HttpClient, HttpError};
use tokio::runtime::{Builder, Runtime};

use super::answer::Wording;
use super::connector::Connector;
use super::error::ExportError;
use super::{grpc, tls};
use crate::env::{Otlp, Protocol};

/// The maximum size of a response in bytes. Backends respond with one sentence.
const MAX_RESPONSE: usize = 64 * 1024;

type Hyper = Client<HttpsConnector<Connector>, Full<Bytes>>;

/// The client, and the runtime that drives it.
pub(crate) struct Transport {
    client: Hyper,
    runtime: Runtime,
    timeout: Duration,
    grpc: bool,
    wording: Wording,
    last_failure: LastFailure,
}

/// Why the last exchange failed. OpenTelemetry's exporters report that one failed, and not why.
#[derive(Clone, Debug, Default)]
pub(crate) struct LastFailure(Arc<Mutex<String>>);

impl LastFailure {
    pub(crate) fn get(&self) -> String {
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
            runtime: Builder::new_current_thread().enable_all().build().map_err(ExportError::thread)?,
            timeout: otlp.timeout,
            grpc: otlp.protocol == Protocol::Grpc,
            wording: Wording::new(otlp),
            last_failure: LastFailure::default(),
        })
    }

    /// Limits the time of an exchange. OpenTelemetry's exporters have a time limit, and enforce it only in a client
    /// that they build themselves.
    pub(crate) fn within(self, limit: Duration) -> Self {
        Self { timeout: self.timeout.min(limit), ..self }
    }

    /// A handle to the last failure, to be kept when an exporter takes the transport.
    pub(crate) fn last_failure(&self) -> LastFailure {
        self.last_failure.clone()
    }

    /// The words for failures.
    pub(crate) fn wording(&self) -> &Wording {
        &self.wording
    }

    /// Sends a request and reads the whole response within `limit`.
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
                // Lets the connection's task notice the cancellation now. Otherwise it runs only during the next
                // exchange.
                tokio::task::yield_now().await;
            }
            outcome
        })?
    }
}

#[cfg(feature = "grpc")]
fn client(otlp: &Otlp) -> Result<Hyper, ExportError> {
    let https = HttpsConnectorBuilder::new().with_tls_config(tls::client(otlp)?).https_or_http();
    let connector = Connector::new(otlp);
    Ok(if otlp.protocol == Protocol::Grpc {
        let https = https.enable_http2().wrap_connector(connector);
        Client::builder(TokioExecutor::new()).http2_only(true).build(https)
    } else {
        Client::builder(TokioExecutor::new()).build(https.enable_http1().wrap_connector(connector))
    })
}

#[cfg(not(feature = "grpc"))]
fn client(otlp: &Otlp) -> Result<Hyper, ExportError> {
    if otlp.protocol == Protocol::Grpc {
        return Err(ExportError::NoGrpc);
    }
    let https = HttpsConnectorBuilder::new().with_tls_config(tls::client(otlp)?).https_or_http();
    Ok(Client::builder(TokioExecutor::new()).build(https.enable_http1().wrap_connector(Connector::new(otlp))))
}

impl fmt::Debug for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Transport").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpClient for Transport {
    /// Blocks the thread. Only exporter threads call it, and they have nothing else to do.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let endpoint = request.uri().clone();
        let outcome = self.exchange(request, self.timeout);
        match &outcome {
            Ok(response) if response.status().is_success() => {}
            Ok(response) => self.last_failure.set(self.wording.refusal(&endpoint, response)),
            Err(error) => self.last_failure.set(self.wording.no_response(&endpoint, &**error)),
        }
        outcome
    }
}
