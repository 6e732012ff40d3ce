//! The attributes of a server span, after the stable HTTP conventions.

use actix_web::Error;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use std::borrow::Cow;

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry::{KeyValue, Value};
use tracing::Span;

use crate::http::{default_port, host_and_port, known_method, server_version};
use crate::intern::{Few, Last};
use crate::propagation;
use crate::propagation::w3c::traceparent;
use crate::server::headers::RequestHeaders;
use crate::signals::http::Serving;
use crate::span::{self, Seed, with_recorded};
use crate::{intern, redact};

thread_local! {
    static HOST: Last = const { Last::new() };
    static AGENT: Last = const { Last::new() };
    static ROUTE: Few = const { Few::new() };
}

/// The span of a request, and what is known of it from the start.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) span: Span,
    pub(super) recorded: bool,
    /// The value of `traceresponse`: the span's own ids, if it has any. A context that only passes through is somebody else's.
    pub(super) traceresponse: Option<HeaderValue>,
}

/// Begins the span of a request; `None` when there is nothing to record and nothing to carry on.
pub(super) fn start(request: &ServiceRequest) -> Option<Started> {
    let incoming = propagation::current().incoming(&RequestHeaders(request.headers()));
    let mut begun = span::begin(incoming.parent)?;
    let recorded = begun.is_recorded();
    let traceresponse = begun.ids().and_then(|ids| HeaderValue::from_bytes(&traceparent(ids)).ok());
    let (name, attributes) =
        if recorded { describe(request, begun.attributes()) } else { Default::default() };
    let seed = Seed { begun, name, kind: SpanKind::Server, by_hand: true, attributes, link: incoming.link };
    let span = seed.plant(|| tracing::info_span!(target: "telemetry::server", parent: None, "request"));
    Some(Started { span, recorded, traceresponse })
}

/// Counts the request as active, if anybody measures.
pub(super) fn measure(request: &ServiceRequest) -> Option<Serving> {
    Serving::begin(|| {
        let method = known_method(request.method().as_str()).unwrap_or("_OTHER");
        let scheme = if request.app_config().secure() { "https" } else { "http" };
        (method, scheme, server_version(request.version()))
    })
}

/// What the answer adds to the measurement.
pub(super) fn measured<B>(
    serving: &mut Serving,
    outcome: &Result<ServiceResponse<B>, Error>,
    route: Option<String>,
) {
    serving.answered(status(outcome).as_u16(), route);
}

fn status<B>(outcome: &Result<ServiceResponse<B>, Error>) -> StatusCode {
    match outcome {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    }
}

/// Records the answer.
pub(super) fn answered<B>(span: &Span, outcome: &Result<ServiceResponse<B>, Error>, route: Option<&str>) {
    let status = status(outcome);
    with_recorded(span, |recorded| {
        if recorded.finished.is_some() {
            if let (Ok(response), Some(route)) = (outcome, route) {
                let method = known_method(response.request().method().as_str()).unwrap_or("HTTP");
                recorded.set_name([method, " ", route].concat().into());
                recorded.add_attribute(KeyValue::new("http.route", ROUTE.with(|routes| routes.value(route))));
            }
            recorded.add_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
            if status.is_server_error() {
                recorded.set_attribute(KeyValue::new("error.type", status.as_str().to_owned()));
                recorded.set_status(Status::error(""));
            }
        }
    });
}

/// The name and the attributes that are known before the application sees the request.
fn describe(request: &ServiceRequest, mut attributes: Vec<KeyValue>) -> (Cow<'static, str>, Vec<KeyValue>) {
    let mut add = |key: &'static str, value: Value| attributes.push(KeyValue::new(key, value));
    let method = known_method(request.method().as_str());
    add("http.request.method", method.unwrap_or("_OTHER").into());
    if method.is_none() {
        add("http.request.method_original", request.method().as_str().to_owned().into());
    }
    let scheme = if request.app_config().secure() { "https" } else { "http" };
    add("url.scheme", scheme.into());
    add("url.path", request.path().to_owned().into());
    if let Some(query) = request.uri().query().filter(|query| !query.is_empty()) {
        add("url.query", redact::query(query).into_owned().into());
    }
    if let Some((host, port)) = authority(request).and_then(host_and_port) {
        add("server.address", HOST.with(|last| last.value(host)));
        add("server.port", i64::from(port.unwrap_or_else(|| default_port(scheme))).into());
    }
    if let Some(peer) = request.peer_addr() {
        add("client.address", intern::address(peer.ip()));
        add("network.peer.address", intern::address(peer.ip()));
        add("network.peer.port", i64::from(peer.port()).into());
    }
    add("network.protocol.version", server_version(request.version()).into());
    if let Some(agent) = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()) {
        add("user_agent.original", AGENT.with(|last| last.value(agent)));
    }
    (method.unwrap_or("HTTP").into(), attributes)
}

/// The route that took the request. It is asked for afterwards: then actix knows it, before it would have to match the path
/// a second time, at the price of everything else here together. A path can match where the method does not; then nothing has
/// used the path up, and the answer is no route's.
pub(super) fn route<B>(outcome: &Result<ServiceResponse<B>, Error>) -> Option<String> {
    let request = outcome.as_ref().ok()?.request();
    request.match_info().unprocessed().is_empty().then(|| request.match_pattern())?
}

/// Whom the request was addressed to: HTTP/2's `:authority`, HTTP/1's `Host`.
fn authority(request: &ServiceRequest) -> Option<&str> {
    let uri = request.uri().authority().map(actix_web::http::uri::Authority::as_str);
    uri.or_else(|| request.headers().get(header::HOST)?.to_str().ok())
}
