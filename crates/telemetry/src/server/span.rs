//! Starts server spans and sets their attributes, after the stable HTTP conventions.

use std::borrow::Cow;
use std::mem::replace;

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{Error, HttpMessage};
use opentelemetry::trace::{SpanKind, Status, TraceContextExt};
use tracing::Span;

use super::cached_attributes::{PEERS, PeerAddress, RESPONSES, RequestTarget, ResponseInfo, TARGETS};
use super::error_response::PanicError;
use super::failure::{Describe, Failure, Finished};
use super::headers::RequestHeaders;
use super::observer::Resource;
use super::trace_response::TraceResponse;
use super::untraced::Untraced;
use crate::otlp::{SpanData, client_text};
use crate::propagation;
use crate::propagation::w3c::traceparent;
use crate::redact;
use crate::sampler::Facts;
use crate::semconv::{Method, RequestInfo, Scheme, default_port, host_and_port};
use crate::signals::http::ServerMeasurement;
use crate::span::{self, End, OpenSpan, with_open_span};

/// Starts the span of a request. It is disabled when there is nothing to record or to propagate.
pub(super) fn start(request: &ServiceRequest) -> Span {
    if request.extensions().contains::<Untraced>() {
        return Span::none();
    }
    let around = Some(span::current_context()).filter(TraceContextExt::has_active_span);
    if around.is_some()
        && let Some(outer) = outer_server_span(request)
    {
        return outer;
    }
    let is_within = around.is_some();
    let incoming =
        propagation::policy().incoming(&RequestHeaders(request.headers()), around.unwrap_or_default());
    let is_child = is_within && !incoming.parent.span().span_context().is_remote();
    let Some(mut prepared) = span::prepare_with(incoming.parent, || facts(request)) else {
        return Span::none();
    };
    if let Some(data) = prepared.data() {
        describe(request, data);
        if let Some(link) = incoming.link {
            data.add_link(link);
        }
    }
    prepared.start_prepared(End::Explicit, || {
        if is_child {
            tracing::info_span!(target: "telemetry::server", "request")
        } else {
            tracing::info_span!(target: "telemetry::server", parent: None, "request")
        }
    })
}

/// The server span of a middleware around this one, as with one on the application and one on a scope: they share it.
#[cold]
fn outer_server_span(request: &ServiceRequest) -> Option<Span> {
    let extensions = request.extensions();
    let outer = extensions.get::<tracing_actix_web::RootSpan>()?;
    let is_own = outer.metadata().is_some_and(|metadata| metadata.target() == "telemetry::server");
    is_own.then(|| Span::clone(outer))
}

/// The value of `traceresponse`, if the response carries it. A span that uses its parent's context has no ids to report.
pub(super) fn traceresponse(span: &OpenSpan, policy: TraceResponse) -> Option<HeaderValue> {
    if !policy.applies_to(span) {
        return None;
    }
    let active = span.context.span();
    let ids = active.span_context();
    let has_own_ids = ids.is_valid() && !ids.is_remote();
    has_own_ids.then(|| HeaderValue::from_bytes(&traceparent(ids)).ok())?
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

/// Records what the companion knows of a request that has finished: adds the response to the measurement, and reports an
/// error. A request that ended with an error has no response: its method and route are those of `resource`.
pub(super) fn finish<B>(
    outcome: &Result<ServiceResponse<B>, Error>,
    measurement: Option<&mut ServerMeasurement>,
    resource: Option<&Resource>,
    types: &[Describe],
) {
    let error = error(outcome);
    let (method, route) = match outcome {
        Ok(_) if measurement.is_none() && error.is_none() => return,
        Ok(response) => (Some(response.request().method()), route(outcome)),
        Err(_) => (resource.map(|resource| &resource.method), resource.and_then(Resource::route)),
    };
    let status = status(outcome);
    if let Some(measurement) = measurement {
        measurement.record_response(status.as_u16(), route.clone());
    }
    if let Some(error) = error.filter(|error| error.as_error::<PanicError>().is_none())
        && is_first_report(&Span::current())
    {
        let method = method.map(actix_web::http::Method::as_str);
        Failure { error, status, method, route: route.as_deref() }.report(&Span::current(), types);
    }
    Finished { route, is_reported: true }.set();
}

/// Whether the error of the request was not reported yet, by a middleware within this one.
fn is_first_report(span: &Span) -> bool {
    with_open_span(span, |span| replace(&mut span.request.is_reported, true)) != Some(true)
}

/// The error that became the response.
fn error<B>(outcome: &Result<ServiceResponse<B>, Error>) -> Option<&Error> {
    match outcome {
        Ok(response) => response.response().error(),
        Err(error) => Some(error),
    }
}

fn status<B>(outcome: &Result<ServiceResponse<B>, Error>) -> StatusCode {
    match outcome {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    }
}

/// Records the response on the span.
pub(super) fn record_response<B>(span: &Span, outcome: &Result<ServiceResponse<B>, Error>) {
    let Finished { route: finished_route, is_reported } = Finished::take();
    let status = status(outcome);
    if let (Some(error), false) = (error(outcome), is_reported)
        && is_first_report(span)
    {
        let (method, route) = match outcome {
            Ok(response) => (Some(response.request().method().as_str()), route(outcome)),
            Err(_) => (None, None),
        };
        Failure { error, status, method, route: route.as_deref() }.report(span, &[]);
    }
    #[cfg(feature = "xray")]
    span::observe_end(span, status.is_server_error());
    let ended = with_open_span(span, |open_span| {
        let is_answered = replace(&mut open_span.request.is_answered, true);
        let data = open_span.data.as_deref_mut()?;
        let route = finished_route.or_else(|| route(outcome));
        match (outcome, &route) {
            (Ok(response), Some(route)) => {
                let method = Method::parse(response.request().method().as_str());
                data.set_name(&[method.span_name(), " ", route]);
            }
            // The request is gone. The name is still its method.
            (Err(_), Some(route)) if !data.is_renamed => data.name.extend([" ", route]),
            _ => {}
        }
        if is_answered {
            // A middleware within this one has set them, and a middleware between the two may have changed the response.
            data.attributes.set("http.response.status_code", i64::from(status.as_u16()));
        } else {
            data.attributes.add_cached(&RESPONSES, &ResponseInfo { status, route: route.as_deref() });
        }
        if status.is_server_error() {
            data.attributes.set("error.type", status.as_str());
            // The reported error has set it, with a description.
            if data.status == Status::Unset {
                data.set_status(Status::error(""));
            }
        }
        open_span.ended.then_some(())
    });
    if ended.flatten().is_some() {
        span::export_ended(span);
    }
}

/// What sampling rules may know of a request: attributes as [`describe`] sets them.
#[cold]
fn facts(request: &ServiceRequest) -> Facts<'_> {
    let info = request_info(request);
    let mut facts = vec![
        ("http.request.method", Cow::from(request.method().as_str())),
        ("url.scheme", info.scheme.name().into()),
        ("url.path", request.path().into()),
    ];
    let authority = authority(request).and_then(|authority| std::str::from_utf8(authority).ok());
    if let Some((host, port)) = authority.and_then(host_and_port) {
        facts.push(("server.address", host.into()));
        facts.push((
            "server.port",
            port.unwrap_or_else(|| default_port(info.scheme.name())).to_string().into(),
        ));
    }
    if let Some(query) = request.uri().query().filter(|query| !query.is_empty()) {
        facts.push(("url.query", redact::query(query)));
    }
    if let Some(agent) = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()) {
        facts.push(("user_agent.original", agent.into()));
    }
    if let Some(peer) = request.peer_addr() {
        facts.push(("client.address", peer.ip().to_string().into()));
    }
    Facts(facts)
}

/// Sets name, kind and the attributes of the request.
fn describe(request: &ServiceRequest, span: &mut SpanData) {
    let info = request_info(request);
    span.kind = SpanKind::Server;
    span.set_name(&[info.method.span_name()]);
    let attributes = &mut span.attributes;
    attributes.add_cached(&TARGETS, &RequestTarget { info, authority: authority(request) });
    if info.method == Method::OTHER {
        attributes.add("http.request.method_original", client_text(request.method().as_str()));
    }
    attributes.add("url.path", client_text(request.path()));
    if let Some(query) = request.uri().query().filter(|query| !query.is_empty()) {
        // Before it is redacted: no half of a secret remains.
        attributes.add("url.query", &*redact::query(client_text(query)));
    }
    if let Some(peer) = request.peer_addr() {
        attributes.add_cached(&PEERS, &PeerAddress(peer.ip()));
        attributes.add("network.peer.port", i64::from(peer.port()));
    }
    if let Some(agent) = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()) {
        attributes.add("user_agent.original", client_text(agent));
    }
}

/// The route that handled the request; `None` when none did.
///
/// Call it after routing: actix knows the route then. Before, it would match the path a second time, which costs as
/// much as the rest of the span. When a path matches and its method does not, part of the path is unprocessed, and no
/// route handled it.
fn route<B>(outcome: &Result<ServiceResponse<B>, Error>) -> Option<String> {
    let request = outcome.as_ref().ok()?.request();
    request.match_info().unprocessed().is_empty().then(|| request.match_pattern())?
}

/// The host and port that the request was sent to: HTTP/2's `:authority`, or HTTP/1's `Host`.
fn authority(request: &ServiceRequest) -> Option<&[u8]> {
    let uri = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    uri.or_else(|| Some(request.headers().get(header::HOST)?.as_bytes()))
}
