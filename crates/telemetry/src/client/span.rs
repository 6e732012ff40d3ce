//! The attributes of a client span, after the stable HTTP conventions.

use http::Extensions;
use opentelemetry::Context;
use opentelemetry::trace::{SpanKind, Status};
use reqwest::header::USER_AGENT;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Result};
use tracing::Span;

use super::alike::{ANSWERS, Answer, CALLEES, Callee};
use crate::http::{Method, default_port};
use crate::span::{self, Ends, SpanData, with_data};
use crate::{errors, redact};

/// How often this request was sent before; lives in the request's extensions, which its attempts share, once one of them failed.
#[derive(Clone, Copy)]
struct Resent(i64);

/// The span of a request; none when there is nothing to record and nothing to carry on.
pub(super) fn start(request: &Request, extensions: &mut Extensions) -> Span {
    let Some(mut begun) = span::begin(Context::current()) else { return Span::none() };
    if begun.ids().is_none() {
        return Span::none();
    }
    let resent = extensions.get_mut().map(|Resent(times)| {
        *times += 1;
        *times
    });
    if let Some(data) = begun.data() {
        describe(request, resent, data);
    }
    begun.plant(Ends::ByHand, || tracing::info_span!(target: "telemetry::client", "request"))
}

/// Whether an attempt brought what it was made for.
pub(super) fn succeeded(outcome: &Result<Response>) -> bool {
    outcome.as_ref().is_ok_and(|response| response.status().is_success())
}

/// Remembers that an attempt brought no success: what is sent with these extensions from now on is sent again. One that
/// succeeded is not sent again; what a middleware then sends beside it is another request.
pub(super) fn may_be_sent_again(extensions: &mut Extensions) {
    if extensions.get::<Resent>().is_none() {
        extensions.insert(Resent(0));
    }
}

/// Says what is known before the request leaves.
fn describe(request: &Request, resent: Option<i64>, span: &mut SpanData) {
    let (method, url) = (Method::of(request.method().as_str()), request.url());
    span.kind = SpanKind::Client;
    span.set_name(&[method.in_name()]);
    let said = &mut span.attributes;
    let port = url.port().unwrap_or_else(|| default_port(url.scheme()));
    said.add_alike(&CALLEES, &Callee { method, host: url.host_str().unwrap_or_default(), port });
    if method == Method::OTHER {
        said.add("http.request.method_original", request.method().as_str());
    }
    if let Some(resent) = resent {
        said.add("http.request.resend_count", resent);
    }
    said.add("url.full", &*redact::url(url));
    if let Some(agent) = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()) {
        said.add("user_agent.original", agent);
    }
}

/// Records the answer's head; says whether the span is recorded.
pub(super) fn answered(span: &Span, response: &Response) -> bool {
    with_data(span, |data| describe_answer(response, data)).is_some()
}

fn describe_answer(response: &Response, span: &mut SpanData) {
    let (status, version, peer) = (response.status(), response.version().into(), response.remote_addr());
    span.attributes.add_alike(&ANSWERS, &Answer { status, version, peer });
    if status.is_client_error() || status.is_server_error() {
        span.attributes.set("error.type", status.as_str());
        span.set_status(Status::error(""));
    }
}

/// Records why there is no answer.
pub(super) fn failed(span: &Span, error: &Error) {
    errors::fail(span, kind(error), errors::with_sources(error));
}

/// A name of low cardinality for what went wrong.
pub(super) fn kind(error: &Error) -> &'static str {
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
