//! Starts server spans and sets their attributes, after the stable HTTP conventions.

use actix_web::Error;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use opentelemetry::trace::{SpanKind, Status};
use tracing::Span;

use super::cached_attributes::{PEERS, PeerAddress, RESPONSES, RequestTarget, ResponseInfo, TARGETS};
use super::headers::RequestHeaders;
use super::trace_response::TraceResponse;
use crate::otlp::SpanData;
use crate::propagation;
use crate::propagation::w3c::traceparent;
use crate::redact;
use crate::semconv::{Method, RequestInfo, Scheme};
use crate::signals::http::ServerMeasurement;
use crate::span::{self, End, with_data};

/// A started server span.
#[derive(Debug)]
pub(super) struct StartedSpan {
    pub(super) span: Span,
    pub(super) recording: bool,
    /// The value of `traceresponse`, if the response carries it. A span that uses its parent's context has no ids to
    /// report.
    pub(super) traceresponse: Option<HeaderValue>,
}

/// Starts the span of a request; `None` when there is nothing to record or to propagate.
pub(super) fn start(request: &ServiceRequest, policy: Option<TraceResponse>) -> Option<StartedSpan> {
    let incoming = propagation::policy().incoming(&RequestHeaders(request.headers()));
    let mut prepared = span::prepare(incoming.parent)?;
    let recording = prepared.is_recording();
    let ids = policy.filter(|policy| policy.applies_to(&prepared)).and_then(|_| prepared.ids());
    let traceresponse = ids.and_then(|ids| HeaderValue::from_bytes(&traceparent(ids)).ok());
    if let Some(data) = prepared.data() {
        describe(request, data);
        if let Some(link) = incoming.link {
            data.add_link(link);
        }
    }
    let make = || tracing::info_span!(target: "telemetry::server", parent: None, "request");
    let span = prepared.start_prepared(End::Explicit, make);
    Some(StartedSpan { span, recording, traceresponse })
}

/// Starts measuring the request, if metrics are exported.
pub(super) fn measure(request: &ServiceRequest) -> Option<ServerMeasurement> {
    ServerMeasurement::begin(|| request_info(request))
}

fn request_info(request: &ServiceRequest) -> RequestInfo {
    let scheme = if request.app_config().secure() { Scheme::Https } else { Scheme::Http };
    RequestInfo {
        method: Method::parse(request.method().as_str()),
        scheme,
        version: request.version().into(),
    }
}

/// Adds the response to the measurement.
pub(super) fn measure_response<B>(
    measurement: &mut ServerMeasurement,
    outcome: &Result<ServiceResponse<B>, Error>,
    route: Option<String>,
) {
    measurement.record_response(status(outcome).as_u16(), route);
}

fn status<B>(outcome: &Result<ServiceResponse<B>, Error>) -> StatusCode {
    match outcome {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    }
}

/// Records the response on the span.
pub(super) fn record_response<B>(
    span: &Span,
    outcome: &Result<ServiceResponse<B>, Error>,
    route: Option<&str>,
) {
    let status = status(outcome);
    with_data(span, |data| {
        if let (Ok(response), Some(route)) = (outcome, route) {
            let method = Method::parse(response.request().method().as_str());
            data.set_name(&[method.span_name(), " ", route]);
        }
        data.attributes.add_cached(&RESPONSES, &ResponseInfo { status, route });
        if status.is_server_error() {
            data.attributes.set("error.type", status.as_str());
            data.set_status(Status::error(""));
        }
    });
}

/// Sets name, kind and the attributes of the request.
fn describe(request: &ServiceRequest, span: &mut SpanData) {
    let info = request_info(request);
    span.kind = SpanKind::Server;
    span.set_name(&[info.method.span_name()]);
    let attributes = &mut span.attributes;
    attributes.add_cached(&TARGETS, &RequestTarget { info, authority: authority(request) });
    if info.method == Method::OTHER {
        attributes.add("http.request.method_original", request.method().as_str());
    }
    attributes.add("url.path", request.path());
    if let Some(query) = request.uri().query().filter(|query| !query.is_empty()) {
        attributes.add("url.query", &*redact::query(query));
    }
    if let Some(peer) = request.peer_addr() {
        attributes.add_cached(&PEERS, &PeerAddress(peer.ip()));
        attributes.add("network.peer.port", i64::from(peer.port()));
    }
    if let Some(agent) = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()) {
        attributes.add("user_agent.original", agent);
    }
}

/// The route that handled the request; `None` when none did.
///
/// Call it after routing: actix knows the route then. Before, it would match the path a second time, which costs as
/// much as the rest of the span. When a path matches and its method does not, part of the path is unprocessed, and no
/// route handled it.
pub(super) fn route<B>(outcome: &Result<ServiceResponse<B>, Error>) -> Option<String> {
    let request = outcome.as_ref().ok()?.request();
    request.match_info().unprocessed().is_empty().then(|| request.match_pattern())?
}

/// The host and port that the request was sent to: HTTP/2's `:authority`, or HTTP/1's `Host`.
fn authority(request: &ServiceRequest) -> Option<&[u8]> {
    let uri = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    uri.or_else(|| Some(request.headers().get(header::HOST)?.as_bytes()))
}
