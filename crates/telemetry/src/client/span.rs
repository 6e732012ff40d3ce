//! The attributes of a client span, after the stable HTTP conventions.

use http::Extensions;
use reqwest::header::USER_AGENT;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Result};
use reqwest_tracing::ReqwestOtelSpanBackend;
use tracing::Span;
use tracing::field::Empty;

use crate::http::{client_version, default_port, known_method};
use crate::{bridge, errors, redact};

/// How often this request was sent before; lives in the request's extensions, which its attempts share.
#[derive(Clone, Copy)]
struct Resent(i64);

/// Builds the span of a request and records its answer.
#[derive(Debug)]
pub(crate) struct ClientSpan;

impl ReqwestOtelSpanBackend for ClientSpan {
    fn on_request_start(request: &Request, extensions: &mut Extensions) -> Span {
        let resent = extensions.get::<Resent>().map(|resent| resent.0);
        extensions.insert(Resent(resent.map_or(1, |resent| resent + 1)));
        let method = known_method(request.method().as_str());
        let url = request.url();
        tracing::info_span!(
            target: "telemetry::client",
            "request",
            otel.name = method.unwrap_or("HTTP"),
            otel.kind = "client",
            http.request.method = method.unwrap_or("_OTHER"),
            http.request.method_original = method.is_none().then(|| request.method().as_str()),
            http.request.resend_count = resent,
            http.response.status_code = Empty,
            url.full = &*redact::url(url),
            url.scheme = url.scheme(),
            server.address = url.host_str(),
            server.port = i64::from(url.port().unwrap_or_else(|| default_port(url.scheme()))),
            network.protocol.version = Empty,
            user_agent.original = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()),
            error.type = Empty,
        )
    }

    fn on_request_end(span: &Span, outcome: &Result<Response>, _: &mut Extensions) {
        match outcome {
            Ok(response) => answered(span, response),
            Err(error) => failed(span, error),
        }
    }
}

fn answered(span: &Span, response: &Response) {
    let status = response.status();
    span.record("http.response.status_code", i64::from(status.as_u16()));
    span.record("network.protocol.version", client_version(response.version()));
    if status.is_client_error() || status.is_server_error() {
        span.record("error.type", status.as_str());
        bridge::set_error(span, "");
    }
}

fn failed(span: &Span, error: &Error) {
    let kind = kind(error);
    span.record("error.type", kind);
    let message = errors::with_sources(error);
    errors::exception(span, kind, &message);
    bridge::set_error(span, &message);
}

/// A name of low cardinality for what went wrong.
fn kind(error: &Error) -> &'static str {
    let Error::Reqwest(error) = error else { return "middleware" };
    match () {
        () if error.is_timeout() => "timeout",
        () if error.is_connect() => "connect",
        () if error.is_redirect() => "redirect",
        () if error.is_body() || error.is_decode() => "body",
        () if error.is_builder() => "builder",
        () => "request",
    }
}
