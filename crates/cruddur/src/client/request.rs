//! Sends the request of `cruddur request` and reads the trace context from the response.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use trace_model::{SpanId, TraceId};

use super::base_url;
use crate::cli::Request;

/// Most bytes of an error body that are shown.
const ERROR_BODY_LIMIT: usize = 600;

/// What is shown of a response, and the context of its trace.
#[derive(Debug)]
pub(super) struct GatewayResponse {
    /// Method and path.
    pub(super) request_line: String,
    pub(super) status: StatusCode,
    pub(super) elapsed: Duration,
    pub(super) bytes: usize,
    /// Start of the body of a 4xx or 5xx response.
    pub(super) error_body: Option<String>,
    pub(super) trace: Option<TraceResponse>,
    /// The span id of a `traceparent` that the user sent. That span is never exported.
    pub(super) remote_parent: Option<SpanId>,
}

/// Header `traceresponse` (a draft of W3C Trace Context Level 3). `traceparent` has the same format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TraceResponse {
    pub(crate) trace_id: TraceId,
    pub(super) span_id: SpanId,
    pub(super) sampled: bool,
}

impl TraceResponse {
    pub(crate) fn parse(header: &str) -> Option<Self> {
        let mut parts = header.trim().split('-');
        let (Some(_version), Some(trace_id), Some(span_id), Some(flags)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        Some(Self {
            trace_id: trace_id.parse().ok()?,
            span_id: span_id.parse().ok()?,
            sampled: u8::from_str_radix(flags, 16).ok()? & 1 == 1,
        })
    }
}

pub(super) async fn send(client: &reqwest::Client, request: &Request) -> anyhow::Result<GatewayResponse> {
    let (method, url, headers) = (method(request)?, url(request)?, headers(request)?);
    let remote_parent = headers
        .get("traceparent")
        .and_then(|value| TraceResponse::parse(value.to_str().ok()?))
        .map(|parent| parent.span_id);
    let request_line = format!("{method} {}", request.path);
    let mut builder = client.request(method, &url).headers(headers);
    if let Some(data) = &request.data {
        builder = builder.body(data.clone());
    }
    let start = Instant::now();
    let target = if request.path.starts_with('/') { &request.gateway } else { &url };
    let response = builder.send().await.map_err(|error| explain(error, target))?;
    let trace =
        response.headers().get("traceresponse").and_then(|value| TraceResponse::parse(value.to_str().ok()?));
    let status = response.status();
    let body =
        response.bytes().await.with_context(|| format!("the response to {request_line} was cut off"))?;
    let elapsed = start.elapsed();
    let failed = status.is_client_error() || status.is_server_error();
    let error_body = failed.then(|| printable_prefix(&body)).filter(|text| !text.is_empty());
    Ok(GatewayResponse { request_line, status, elapsed, bytes: body.len(), error_body, trace, remote_parent })
}

fn method(request: &Request) -> anyhow::Result<Method> {
    let default = if request.data.is_some() { "POST" } else { "GET" };
    let method = request.method.as_deref().unwrap_or(default);
    Method::from_bytes(method.as_bytes()).with_context(|| format!("{method:?} is not an HTTP method"))
}

fn url(request: &Request) -> anyhow::Result<String> {
    let path = &request.path;
    if path.starts_with("http://") || path.starts_with("https://") {
        return Ok(path.clone());
    }
    if !path.starts_with('/') {
        bail!("{path:?} is not a path: start it with a slash, as in /api/activities/home");
    }
    Ok(format!("{}{path}", base_url(&request.gateway, "--gateway (GATEWAY_URL)")?))
}

fn headers(request: &Request) -> anyhow::Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for header in &request.headers {
        let (name, value) = header
            .split_once(':')
            .with_context(|| format!("header {header:?} is not of the form `name: value`"))?;
        let name = HeaderName::from_bytes(name.trim().as_bytes())
            .with_context(|| format!("{name:?} is not a valid header name"))?;
        let value = HeaderValue::from_str(value.trim())
            .with_context(|| format!("{value:?} is not a valid header value"))?;
        headers.append(name, value);
    }
    if request.data.is_some() && !headers.contains_key(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    Ok(headers)
}

/// At most [`ERROR_BODY_LIMIT`] bytes as text, with control characters replaced.
fn printable_prefix(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..ERROR_BODY_LIMIT).unwrap_or(body)).into_owned();
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}

/// Adds what to do when the connection is refused.
fn explain(error: reqwest::Error, gateway: &str) -> anyhow::Error {
    if error.is_connect() {
        let program = std::env::args().next().unwrap_or_else(|| "cruddur".to_owned());
        return anyhow::Error::new(error.without_url()).context(format!(
            "nothing listens at {gateway}; start the system with `{program}`, or set its address with --gateway URL"
        ));
    }
    anyhow::Error::new(error).context("the request failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceresponse_is_parsed_with_its_sampled_flag() {
        let parse = |flags| {
            TraceResponse::parse(&format!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{flags}"))
        };
        assert_eq!(parse("01").map(|header| header.sampled), Some(true));
        assert_eq!(parse("02").map(|header| header.sampled), Some(false));
        assert_eq!(parse("x"), None);
        assert_eq!(TraceResponse::parse("00-00-00-01"), None);
    }
}
