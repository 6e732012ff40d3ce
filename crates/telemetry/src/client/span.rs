//! Starts client spans and sets their attributes, after the stable HTTP conventions.

use http::Extensions;
use opentelemetry::Context;
use opentelemetry::trace::{SpanKind, Status};
use reqwest::header::USER_AGENT;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Result};
use tracing::Span;

use super::cached_attributes::{RESPONSES, RequestTarget, ResponseInfo, TARGETS};
use crate::otlp::SpanData;
use crate::semconv::{Method, default_port};
use crate::span::{self, End, with_data};
use crate::{error_chain, exceptions, redact};

/// How often this request was sent before. It is added to the request's extensions, which all attempts share, when one
/// fails.
#[derive(Clone, Copy)]
struct ResendCount(i64);

/// Starts the span of a request. The span is disabled when there is nothing to record or to propagate.
pub(super) fn start(request: &Request, extensions: &mut Extensions) -> Span {
    let Some(mut prepared) = span::prepare(Context::current()) else { return Span::none() };
    if prepared.ids().is_none() {
        return Span::none();
    }
    let resent = extensions.get_mut().map(|ResendCount(times)| {
        *times += 1;
        *times
    });
    if let Some(data) = prepared.data() {
        describe(request, resent, data);
    }
    prepared.start_prepared(End::Explicit, || tracing::info_span!(target: "telemetry::client", "request"))
}

/// Whether an attempt has a successful response.
pub(super) fn succeeded(outcome: &Result<Response>) -> bool {
    outcome.as_ref().is_ok_and(|response| response.status().is_success())
}

/// Marks a failed attempt: requests with these extensions count as resent from now on.
///
/// A successful request is not resent. What a middleware sends with its extensions is another request.
pub(super) fn mark_failed_attempt(extensions: &mut Extensions) {
    if extensions.get::<ResendCount>().is_none() {
        extensions.insert(ResendCount(0));
    }
}

/// Sets name, kind and the attributes of the request.
fn describe(request: &Request, resent: Option<i64>, span: &mut SpanData) {
    let (method, url) = (Method::parse(request.method().as_str()), request.url());
    span.kind = SpanKind::Client;
    span.set_name(&[method.span_name()]);
    let attributes = &mut span.attributes;
    let port = url.port().unwrap_or_else(|| default_port(url.scheme()));
    attributes
        .add_cached(&TARGETS, &RequestTarget { method, host: url.host_str().unwrap_or_default(), port });
    if method == Method::OTHER {
        attributes.add("http.request.method_original", request.method().as_str());
    }
    if let Some(resent) = resent {
        attributes.add("http.request.resend_count", resent);
    }
    attributes.add("url.full", &*redact::url(url));
    if let Some(agent) = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()) {
        attributes.add("user_agent.original", agent);
    }
}

/// Records the head of the response. Returns whether the span is recording.
pub(super) fn record_response(span: &Span, response: &Response) -> bool {
    with_data(span, |data| describe_response(response, data)).is_some()
}

fn describe_response(response: &Response, span: &mut SpanData) {
    let (status, version, peer) = (response.status(), response.version().into(), response.remote_addr());
    span.attributes.add_cached(&RESPONSES, &ResponseInfo { status, version, peer });
    if status.is_client_error() || status.is_server_error() {
        span.attributes.set("error.type", status.as_str());
        span.set_status(Status::error(""));
    }
}

/// Records why there is no response.
pub(super) fn record_failure(span: &Span, error: &Error) {
    exceptions::fail(span, error_type(error), error_chain::with_sources(error));
}

/// `error.type`: a name of low cardinality.
pub(super) fn error_type(error: &Error) -> &'static str {
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
