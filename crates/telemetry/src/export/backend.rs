//! The sink that sends batches to an OTLP backend: encode, compress, send, read the response.

use std::io::Write;
use std::time::Duration;

use ::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use ::http::{Request, StatusCode, Uri};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::sink::{Failure, Sink};
use super::transport::{self, Transport};
use super::{json, response};
use crate::otlp::{Batch, Encoder};

/// A backend that takes OTLP: `http/protobuf`, `http/json`, `grpc`.
#[derive(Debug)]
pub(crate) struct Backend {
    pub(crate) transport: Transport,
    pub(crate) endpoint: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) gzip: bool,
    pub(crate) json: bool,
    pub(crate) encoder: Encoder,
}

impl Sink for Backend {
    fn send(&mut self, batch: &Batch, limit: Duration) -> Result<usize, Failure> {
        let request = self.request(batch)?;
        let answer = self.transport.exchange(request, limit).map_err(|error| Failure::Retryable {
            retry_after: None,
            reason: transport::transport_error(&self.endpoint, &*error),
        })?;
        match answer.status() {
            status if status.is_success() && self.json => Ok(json::rejected(answer.body())),
            status if status.is_success() => Ok(response::rejected(answer.body())),
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Err(Failure::Retryable {
                retry_after: response::retry_after(answer.headers()),
                reason: transport::failure_reason(&self.endpoint, &answer),
            }),
            _ => Err(Failure::Permanent(transport::failure_reason(&self.endpoint, &answer))),
        }
    }
}

impl Backend {
    fn request(&mut self, batch: &Batch) -> Result<Request<Bytes>, Failure> {
        let refused = |error: &dyn std::error::Error| Failure::Permanent(error.to_string());
        let mut body = self.encoder.request(batch);
        let mut kind = "application/x-protobuf";
        if self.json {
            body = json::request(&body)?;
            kind = "application/json";
        }
        let mut request = Request::post(self.endpoint.clone());
        if let Some(headers) = request.headers_mut() {
            headers.clone_from(&self.headers);
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        if self.gzip {
            request = request.header(CONTENT_ENCODING, "gzip");
            body = compressed(&body).map_err(|error| refused(&error))?;
        }
        request.body(Bytes::from(body)).map_err(|error| refused(&error))
    }
}

fn compressed(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}
