//! Starts client spans and sets their attributes, after the stable HTTP conventions.

use std::sync::Once;

use http::Extensions;
use opentelemetry::trace::{SpanKind, Status};
use reqwest::header::USER_AGENT;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Result};
use reqwest_tracing::{OtelName, OtelPathNames};
use tracing::Span;

use super::cached_attributes::{RESPONSES, RequestTarget, ResponseInfo, TARGETS};
use crate::otlp::{SpanData, client_text};
use crate::sampler::Facts;
use crate::semconv::{Method, default_port};
use crate::span::{self, End, with_open_span};
use crate::{error_chain, exceptions, log_lines, redact};

/// How often this request was sent before. It is added to the request's extensions, which all attempts share, when one
/// fails.
#[derive(Clone, Copy)]
struct ResendCount(i64);

/// The target of client spans, by which [`current`] knows them.
const TARGET: &str = "telemetry::client";

/// Starts the span of a request. The span is disabled when there is nothing to record or to propagate.
pub(super) fn start(request: &Request, extensions: &mut Extensions) -> Span {
    let Some(mut prepared) = span::prepare_with(span::current_context(), || facts(request)) else {
        return Span::none();
    };
    if prepared.ids().is_none() {
        return Span::none();
    }
    let resent = extensions.get_mut().map(|ResendCount(times)| {
        *times += 1;
        *times
    });
    if let Some(data) = prepared.data() {
        describe(request, resent, data);
        set_name(request, extensions, data);
    }
    prepared.start_prepared(End::Explicit, || tracing::info_span!(target: TARGET, "request"))
}

/// The current span, if it is a client span; else a disabled one.
pub(super) fn current() -> Span {
    let current = Span::current();
    let is_call = current.metadata().is_some_and(|metadata| metadata.target() == TARGET);
    if is_call { current } else { Span::none() }
}

/// Names the span by its method, and by what the application says: a name, or the known path that matches.
fn set_name(request: &Request, extensions: &Extensions, span: &mut SpanData) {
    let method = Method::parse(request.method().as_str()).span_name();
    if let Some(OtelName(name)) = extensions.get() {
        return span.set_name(&[name]);
    }
    let known = extensions.get::<OtelPathNames>().and_then(|names| names.find(request.url().path()));
    match known {
        Some(path) => span.set_name(&[method, " ", path]),
        None => span.set_name(&[method]),
    }
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

/// What sampling rules may know of a call without a parent.
#[cold]
fn facts(request: &Request) -> Facts<'_> {
    let url = request.url();
    let mut facts =
        vec![("http.request.method", request.method().as_str().into()), ("url.path", url.path().into())];
    facts.extend(url.host_str().map(|host| ("server.address", host.trim_matches(['[', ']']).into())));
    Facts(facts)
}

/// Sets kind and the attributes of the request.
fn describe(request: &Request, resent: Option<i64>, span: &mut SpanData) {
    let (method, url) = (Method::parse(request.method().as_str()), request.url());
    span.kind = SpanKind::Client;
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
    // A path or query may contain what a client of this process sent.
    attributes.add("url.full", client_text(&redact::url(url)));
    if let Some(agent) = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()) {
        attributes.add("user_agent.original", agent);
    }
}

/// Records the head of the response, or why there is none. Returns whether headers propagate the span; true for a
/// disabled span, which has nothing to propagate.
pub(super) fn record_outcome(span: &Span, outcome: &Result<Response>) -> bool {
    match outcome {
        Ok(response) => with_open_span(span, |span| {
            if let Some(data) = &mut span.data {
                describe_response(response, data);
            }
            span.is_propagated
        })
        .unwrap_or(true),
        Err(error) => {
            exceptions::fail(span, error_type(error), error_chain::with_sources(error));
            true
        }
    }
}

/// Warns once: without headers, the trace of the called service is another one.
#[cold]
pub(super) fn warn_of_missing_headers() {
    static WARNED: Once = Once::new();
    WARNED.call_once(|| {
        log_lines::warn(
            "a request was sent without the headers of its client span, so traces are incomplete: build the client with \
             telemetry::client::instrument, or add telemetry::client::Companion directly after TracingMiddleware",
        );
    });
}

fn describe_response(response: &Response, span: &mut SpanData) {
    let (status, version, peer) = (response.status(), response.version().into(), response.remote_addr());
    span.attributes.add_cached(&RESPONSES, &ResponseInfo { status, version, peer });
    if status.is_client_error() || status.is_server_error() {
        span.attributes.set("error.type", status.as_str());
        span.set_status(Status::error(""));
    }
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
