//! The attributes of a client span, after the stable HTTP conventions.

use http::Extensions;
use opentelemetry::trace::{SpanKind, Status, TraceContextExt};
use opentelemetry::{Context, KeyValue, Value};
use reqwest::header::USER_AGENT;
use reqwest::{Request, Response};
use reqwest_middleware::Error;
use tracing::Span;

use crate::http::{client_version, default_port, known_method};
use crate::intern::{Few, Last};
use crate::span::{self, Seed, with_recorded};
use crate::{bridge, errors, intern, redact};

thread_local! {
    static HOSTS: Few = const { Few::new() };
    static AGENT: Last = const { Last::new() };
}

/// How often this request was sent before; lives in the request's extensions, which its attempts share.
#[derive(Clone, Copy)]
struct Resent(i64);

/// The span of a request; none when there is nothing to record and nothing to carry on.
pub(super) fn start(request: &Request, extensions: &mut Extensions) -> Span {
    let parent = Context::current();
    let decided = parent.has_active_span();
    let Some(mut begun) = span::begin(parent) else { return Span::none() };
    if begun.ids().is_none() {
        return Span::none();
    }
    let recorded = begun.is_recorded();
    // Where the parent has decided, no attempt of a call that is not recorded will be.
    let resent = if recorded || !decided { count(extensions) } else { None };
    let (name, attributes) =
        if recorded { describe(request, resent, begun.attributes()) } else { Default::default() };
    let seed =
        Seed { begun, name: name.into(), kind: SpanKind::Client, by_hand: true, attributes, link: None };
    seed.plant(|| tracing::info_span!(target: "telemetry::client", "request"))
}

/// How often the request was sent before, if it was.
fn count(extensions: &mut Extensions) -> Option<i64> {
    if let Some(Resent(times)) = extensions.get_mut() {
        *times += 1;
        return Some(*times);
    }
    extensions.insert(Resent(0));
    None
}

/// The name and the attributes that are known before the request leaves.
fn describe(
    request: &Request,
    resent: Option<i64>,
    mut attributes: Vec<KeyValue>,
) -> (&'static str, Vec<KeyValue>) {
    let mut add = |key: &'static str, value: Value| attributes.push(KeyValue::new(key, value));
    let method = known_method(request.method().as_str());
    add("http.request.method", method.unwrap_or("_OTHER").into());
    if method.is_none() {
        add("http.request.method_original", request.method().as_str().to_owned().into());
    }
    if let Some(resent) = resent {
        add("http.request.resend_count", resent.into());
    }
    let url = request.url();
    add("url.full", redact::url(url).into_owned().into());
    if let Some(host) = url.host_str() {
        add("server.address", HOSTS.with(|hosts| hosts.value(host.trim_matches(['[', ']']))));
    }
    add("server.port", i64::from(url.port().unwrap_or_else(|| default_port(url.scheme()))).into());
    if let Some(agent) = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()) {
        add("user_agent.original", AGENT.with(|last| last.value(agent)));
    }
    (method.unwrap_or("HTTP"), attributes)
}

/// Records the answer's head; says whether the span is recorded.
pub(super) fn answered(span: &Span, response: &Response) -> bool {
    let status = response.status();
    let recorded = with_recorded(span, |recorded| {
        if recorded.finished.is_none() {
            return false;
        }
        recorded.add_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
        recorded.add_attribute(KeyValue::new("network.protocol.version", client_version(response.version())));
        if let Some(peer) = response.remote_addr() {
            recorded.add_attribute(KeyValue::new("network.peer.address", intern::address(peer.ip())));
            recorded.add_attribute(KeyValue::new("network.peer.port", i64::from(peer.port())));
        }
        if status.is_client_error() || status.is_server_error() {
            recorded.set_attribute(KeyValue::new("error.type", status.as_str().to_owned()));
            recorded.set_status(Status::error(""));
        }
        true
    });
    recorded.unwrap_or(false)
}

/// Records why there is no answer.
pub(super) fn failed(span: &Span, error: &Error) {
    let kind = kind(error);
    bridge::set_attribute(span, KeyValue::new("error.type", kind));
    let message = errors::with_sources(error);
    errors::exception(span, kind, message.clone());
    bridge::set_error(span, message);
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
