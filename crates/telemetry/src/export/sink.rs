//! Where batches go: OTLP over HTTP in protobuf by our own encoder, or whatever exporter the SDK has.

use std::fmt::Debug;
use std::io::Write;
use std::time::Duration;

use ::http::{HeaderMap, Request, StatusCode, Uri, header};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use opentelemetry_sdk::trace::SpanExporter;

use super::encode::Encoder;
use super::queue::Batch;
use super::response;
use super::transport::Transport;

/// A destination of batches; lives on the exporter's thread.
pub(crate) trait Sink: Debug + Send {
    /// Sends one batch, once; says how many of its spans the backend rejected.
    fn send(&mut self, batch: &Batch, limit: Duration) -> Result<usize, Failure>;
}

/// Why a batch did not arrive.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Another attempt may do better.
    Passing { retry_after: Option<Duration>, reason: String },
    /// No attempt will.
    Refused(String),
}

/// `http/protobuf`
#[derive(Debug)]
pub(crate) struct Protobuf {
    pub(crate) transport: Transport,
    pub(crate) endpoint: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) gzip: bool,
    pub(crate) encoder: Encoder,
}

impl Sink for Protobuf {
    fn send(&mut self, batch: &Batch, limit: Duration) -> Result<usize, Failure> {
        let body = self.encoder.request(batch);
        let mut request = Request::post(self.endpoint.clone());
        if let Some(headers) = request.headers_mut() {
            headers.clone_from(&self.headers);
            headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/x-protobuf"));
        }
        let body = if self.gzip {
            request = request.header(header::CONTENT_ENCODING, "gzip");
            compressed(&body).map_err(|error| Failure::Refused(error.to_string()))?
        } else {
            body
        };
        let request = request.body(Bytes::from(body)).map_err(|error| Failure::Refused(error.to_string()))?;
        let answer = self.transport.exchange(request, limit).map_err(|error| Failure::Passing {
            retry_after: None,
            reason: format!("{}: {}", self.endpoint, crate::errors::with_sources(&*error)),
        })?;
        match answer.status() {
            status if status.is_success() => Ok(response::rejected(answer.body())),
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Err(Failure::Passing {
                retry_after: response::retry_after(answer.headers()),
                reason: format!("{} answered {}", self.endpoint, answer.status()),
            }),
            status => Err(Failure::Refused(format!("{} answered {status}", self.endpoint))),
        }
    }
}

fn compressed(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}

/// Any exporter of the SDK: `http/json`, `grpc`.
#[derive(Debug)]
pub(crate) struct Sdk<E> {
    pub(crate) exporter: E,
    pub(crate) runtime: tokio::runtime::Runtime,
}

impl<E: SpanExporter> Sink for Sdk<E> {
    fn send(&mut self, batch: &Batch, limit: Duration) -> Result<usize, Failure> {
        let spans = batch.iter().map(|finished| finished.data.clone()).collect();
        let export = async { tokio::time::timeout(limit, self.exporter.export(spans)).await };
        match self.runtime.block_on(export) {
            Ok(Ok(())) => Ok(0),
            // These exporters retry by themselves.
            Ok(Err(error)) => Err(Failure::Refused(crate::errors::with_sources(&error))),
            Err(elapsed) => Err(Failure::Refused(elapsed.to_string())),
        }
    }
}
