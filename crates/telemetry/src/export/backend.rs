//! The sink that sends batches to an OTLP backend: encodes, compresses, sends, and reads the response.

use std::time::{Duration, SystemTime};

use ::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use ::http::request::Builder;
use ::http::{Request, Response, StatusCode, Uri};
use bytes::Bytes;

use super::answer::Wording;
use super::body::Pieces;
use super::gzip::compressed;
use super::head::{is_page, retry_after};
use super::request_limits::RequestLimits;
use super::sink::{Accepted, Failure, Fitted, Sink};
use super::transport::Transport;
use super::{json, partial_success};
use crate::otlp::{Batch, Encoder};

const PROTOBUF: &str = "application/x-protobuf";

/// An OTLP backend over `http/protobuf`, `http/json` or `grpc`.
#[derive(Debug)]
pub(crate) struct Backend {
    pub(crate) transport: Transport,
    pub(crate) endpoint: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) gzip: bool,
    pub(crate) json: bool,
    pub(crate) encoder: Encoder,
    /// What it takes in one request, where that is known.
    pub(crate) limits: Option<&'static RequestLimits>,
}

/// A sink whose responses can be looked at.
pub(crate) trait Exchange: Sink {
    /// Sends a batch once. Returns the response, whatever it says.
    fn exchange(&mut self, batch: &Batch, limit: Duration) -> Result<Response<Bytes>, Failure>;

    /// What a response says about the batch.
    fn outcome(&mut self, response: &Response<Bytes>) -> Result<Accepted, Failure>;
}

impl Exchange for Backend {
    fn exchange(&mut self, batch: &Batch, limit: Duration) -> Result<Response<Bytes>, Failure> {
        if self.json || self.gzip {
            return self.deliver(self.request(batch)?, limit);
        }
        let pieces = Pieces::from(self.encoder.pieces(batch));
        self.deliver(self.with_headers(PROTOBUF).body(pieces).map_err(|error| permanent(&error))?, limit)
    }

    fn outcome(&mut self, response: &Response<Bytes>) -> Result<Accepted, Failure> {
        self.outcome_in(self.transport.wording(), response)
    }
}

impl Sink for Backend {
    fn send(&mut self, batch: &Batch, limit: Duration) -> Result<Accepted, Failure> {
        let response = self.exchange(batch, limit)?;
        self.outcome(&response)
    }

    fn fit(&self, batch: &Batch) -> Option<Fitted> {
        self.limits?.fit(batch, &self.encoder, SystemTime::now())
    }
}

impl Backend {
    /// The words for failures.
    #[cfg(feature = "xray")]
    pub(crate) fn wording(&self) -> &Wording {
        self.transport.wording()
    }

    /// Sends a request once. Returns the response, whatever it says.
    pub(crate) fn deliver(
        &self,
        request: Request<impl Into<Pieces>>,
        limit: Duration,
    ) -> Result<Response<Bytes>, Failure> {
        self.transport.exchange(request, limit).map_err(|error| Failure::Retryable {
            retry_after: None,
            reason: self.transport.wording().no_response(&self.endpoint, &*error),
        })
    }

    /// What a response says about the batch, in these words.
    pub(crate) fn outcome_in(
        &self,
        wording: &Wording,
        response: &Response<Bytes>,
    ) -> Result<Accepted, Failure> {
        let reason = || wording.refusal(&self.endpoint, response);
        match response.status() {
            // A login page, or the page of a proxy.
            status if status.is_success() && is_page(response) => Err(Failure::Permanent(reason())),
            status if status.is_success() => {
                let read =
                    if self.json { partial_success::from_json } else { partial_success::from_protobuf };
                let Accepted { rejected, message } = read(response.body());
                Ok(Accepted { rejected, message: wording.repeated(&message) })
            }
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => {
                Err(Failure::Retryable { retry_after: retry_after(response.headers()), reason: reason() })
            }
            StatusCode::PAYLOAD_TOO_LARGE => Err(Failure::TooLarge(reason())),
            _ => Err(Failure::Permanent(reason())),
        }
    }

    /// The request for a batch, encoded and compressed, with its body in one piece.
    pub(crate) fn request(&self, batch: &Batch) -> Result<Request<Bytes>, Failure> {
        let mut body = self.encoder.request(batch);
        let mut kind = PROTOBUF;
        if self.json {
            body = json::request(&body)?;
            kind = "application/json";
        }
        let mut request = self.with_headers(kind);
        if self.gzip {
            request = request.header(CONTENT_ENCODING, "gzip");
            body = compressed(&body).map_err(|error| permanent(&error))?;
        }
        request.body(Bytes::from(body)).map_err(|error| permanent(&error))
    }

    /// A request without its body, which is of this content type.
    fn with_headers(&self, kind: &'static str) -> Builder {
        let mut request = Request::post(self.endpoint.clone());
        if let Some(headers) = request.headers_mut() {
            headers.clone_from(&self.headers);
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        request
    }
}

fn permanent(error: &dyn std::error::Error) -> Failure {
    Failure::Permanent(error.to_string())
}

#[cfg(test)]
mod tests {
    use opentelemetry_sdk::Resource;

    use super::*;
    use crate::env::Otlp;
    use crate::export::build_sink::backend;

    #[test]
    fn a_batch_is_sent_again_after_the_four_statuses_of_the_specification_alone() {
        let otlp = Otlp::of_endpoint("http://127.0.0.1:9".to_owned(), Duration::from_secs(1), None);
        let mut backend = backend(&otlp, &Resource::builder_empty().build()).expect("a backend");
        let again = (300..600).filter(|status| {
            let response = Response::builder().status(*status).body(Bytes::new()).expect("a response");
            matches!(backend.outcome(&response), Err(Failure::Retryable { .. }))
        });
        assert_eq!(again.collect::<Vec<u16>>(), [429, 502, 503, 504]);
    }
}
