//! The sink that sends batches to an OTLP backend: encodes, compresses, sends, and reads the response.

use std::io::Write;
use std::time::{Duration, SystemTime};

use ::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use ::http::{Request, Response, StatusCode, Uri};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::answer::Wording;
use super::request_limits::RequestLimits;
use super::sink::{Accepted, Failure, Fitted, Sink};
use super::transport::Transport;
use super::{json, partial_success};
use crate::otlp::{Batch, Encoder};

/// The longest `Retry-After` that is respected.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);

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
        let request = self.request(batch)?;
        self.deliver(request, limit)
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
        request: Request<Bytes>,
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
            status if status.is_success() && self.json => Ok(partial_success::from_json(response.body())),
            status if status.is_success() => Ok(partial_success::from_protobuf(response.body())),
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => {
                Err(Failure::Retryable { retry_after: retry_after(response.headers()), reason: reason() })
            }
            _ => Err(Failure::Permanent(reason())),
        }
    }

    /// The request for a batch, encoded and compressed.
    pub(crate) fn request(&self, batch: &Batch) -> Result<Request<Bytes>, Failure> {
        let permanent = |error: &dyn std::error::Error| Failure::Permanent(error.to_string());
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
            body = compressed(&body).map_err(|error| permanent(&error))?;
        }
        request.body(Bytes::from(body)).map_err(|error| permanent(&error))
    }
}

fn compressed(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}

/// Whether a response is a web page, as no OTLP endpoint sends one.
fn is_page(response: &Response<Bytes>) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| {
        kind.trim_start().get(..9).is_some_and(|start| start.eq_ignore_ascii_case("text/html"))
    })
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let until = |date: SystemTime| date.duration_since(SystemTime::now()).unwrap_or_default();
    let pause = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => until(httpdate::parse_http_date(text).ok()?),
    };
    Some(pause.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_bounded() {
        let after = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().expect("a header value"));
            retry_after(&headers)
        };
        assert_eq!(after("2"), Some(Duration::from_secs(2)));
        assert_eq!(after("99999"), Some(MAX_RETRY_AFTER));
        let in_a_while = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(9));
        let pause = after(&in_a_while).expect("a pause");
        assert!(pause > Duration::from_secs(5) && pause <= Duration::from_secs(9), "{pause:?}");
        assert_eq!(after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert_eq!(after("soon"), None);
    }
}
