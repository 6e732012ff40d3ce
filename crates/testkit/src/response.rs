//! Requests to a service under test, and assertions over its responses.

use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::trace_response::TraceResponse;

/// A response with its whole body.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    /// Null when the body is not JSON.
    pub json: Value,
    /// From sending the request until the body was complete.
    pub elapsed: Duration,
}

impl Response {
    /// A header's value; empty when the response has no such header.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The `traceresponse` header.
    pub fn traceresponse(&self) -> Option<&str> {
        self.headers.get("traceresponse")?.to_str().ok()
    }

    /// The `code` of a problem (RFC 9457).
    ///
    /// # Panics
    /// When the body is no problem, or its status or trace id differ from those of the response.
    #[track_caller]
    pub fn code(&self) -> &str {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        assert_eq!(self.json["status"], self.status, "{self:?}");
        if let Some(traceresponse) = self.traceresponse() {
            assert_eq!(self.json["trace_id"], TraceResponse::parse(traceresponse).trace_id, "{self:?}");
        }
        self.json["code"].as_str().unwrap_or_default()
    }

    /// The codes of the violations in a problem `invalid_input`.
    ///
    /// # Panics
    /// When the response is no such problem.
    #[track_caller]
    pub fn violations(&self) -> Vec<&str> {
        assert_eq!((self.status, self.code()), (422, "invalid_input"), "{self:?}");
        let errors = self.json["errors"].as_array().expect("an invalid_input problem has errors");
        errors.iter().filter_map(|error| error["code"].as_str()).collect()
    }
}

/// Starts a request to a path of a service.
///
/// # Panics
/// When `method` is no HTTP method.
pub fn request(base_url: &str, method: &str, path: &str) -> RequestBuilder {
    let method: Method = method.parse().expect("an HTTP method");
    reqwest::Client::new().request(method, format!("{base_url}{path}"))
}

/// Sends a request and reads the whole response.
///
/// # Panics
/// When there is no complete response.
pub async fn send(request: RequestBuilder) -> Response {
    let start = Instant::now();
    let response = request.send().await.expect("the service responds");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.expect("the response is complete");
    let json = serde_json::from_str(&text).unwrap_or_default();
    Response { status, headers, text, json, elapsed: start.elapsed() }
}
