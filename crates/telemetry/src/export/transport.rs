//! One HTTP client for all exports: hyper and rustls (ring), on a runtime of its own.
//!
//! It is given to `opentelemetry-otlp` explicitly, so that no feature of another crate chooses a client that needs a
//! runtime where there is none. Nothing here makes spans: the exporter's own work is never traced.

use std::fmt;
use std::time::Duration;

use ::http::{Request, Response};
use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{HttpClient, HttpError};
use tokio::runtime::Runtime;

use super::{ExportError, tls};
use crate::env::Otlp;

/// What a backend's answer may be at most: it says one sentence.
const MAX_ANSWER: usize = 64 * 1024;

/// The client, and the runtime that drives it.
pub(crate) struct Transport {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    runtime: Runtime,
    timeout: Duration,
}

impl Transport {
    pub(crate) fn new(otlp: &Otlp) -> Result<Self, ExportError> {
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls::client(otlp)?)
            .https_or_http()
            .enable_http1()
            .build();
        let runtime = super::runtime().map_err(ExportError::Runtime)?;
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { client, runtime, timeout: otlp.timeout })
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Transport").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl Transport {
    /// Sends one request and reads the whole answer within `limit`.
    pub(crate) fn exchange(
        &self,
        request: Request<Bytes>,
        limit: Duration,
    ) -> Result<Response<Bytes>, HttpError> {
        let exchange = async {
            let response = self.client.request(request.map(Full::new)).await?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, MAX_ANSWER).collect().await?.to_bytes();
            Ok::<_, HttpError>(Response::from_parts(head, body))
        };
        let limit = limit.min(self.timeout);
        self.runtime.block_on(async { tokio::time::timeout(limit, exchange).await })?
    }
}

#[async_trait]
impl HttpClient for Transport {
    /// Blocks: it is called from exporter threads alone, which have nothing else to do.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        self.exchange(request, self.timeout)
    }
}
