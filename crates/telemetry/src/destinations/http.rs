//! Requests to the API of a destination, beside OTLP.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, Uri};
use serde_json::Value;

use crate::env::{Otlp, Token};
use crate::export::ExportError;
use crate::export::answer::Wording;
use crate::export::transport::Transport;

const TIMEOUT: Duration = Duration::from_secs(10);

/// A client of one API, with the header that holds its key.
pub(super) struct Api {
    transport: Transport,
    header: &'static str,
    key: HeaderValue,
    wording: Wording,
}

impl Api {
    /// Host, certificate and proxy are those of the destination's exporter.
    pub(super) fn new(otlp: &Otlp, header: &'static str, key: &Token) -> Result<Self, ExportError> {
        let settings = Otlp::of_endpoint(otlp.endpoint.clone(), TIMEOUT, otlp.certificate.clone());
        let settings = Otlp { proxies: otlp.proxies.clone(), ..settings };
        let wording = Wording::new(otlp).with(None, std::slice::from_ref(&key.0));
        let key = key.header().map_err(|error| ExportError::Endpoint(error.into()))?;
        Ok(Self { transport: Transport::new(&settings)?, header, key, wording })
    }

    /// The status of a response with the API's own message, without the key.
    pub(super) fn status(&self, response: &Response<Bytes>) -> String {
        self.wording.status(response)
    }

    /// Sends JSON with POST, or nothing with GET. The error says why there is no response.
    pub(super) fn send(&self, url: &str, body: Option<&Value>) -> Result<Response<Bytes>, String> {
        let uri: Uri = url.parse().map_err(|error| format!("not a URL: {error}"))?;
        let content = body.map(Value::to_string).unwrap_or_default();
        let mut request = Request::new(Bytes::from(content));
        *request.method_mut() = if body.is_some() { Method::POST } else { Method::GET };
        *request.uri_mut() = uri.clone();
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(self.header, self.key.clone());
        self.transport.exchange(request, TIMEOUT).map_err(|error| self.wording.no_response(&uri, &*error))
    }
}
