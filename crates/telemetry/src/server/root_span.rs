//! The attributes of a server span, after the stable HTTP conventions.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use opentelemetry::Context;
use tracing::Span;
use tracing::field::Empty;
use tracing_actix_web::RootSpanBuilder;

use crate::http::{default_port, host_and_port, known_method, server_version};
use crate::propagation;
use crate::server::headers::RequestHeaders;
use crate::{bridge, redact};

/// Builds the span of a request and records its answer.
#[derive(Debug)]
pub struct ServerSpan;

impl RootSpanBuilder for ServerSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let method = known_method(request.method().as_str());
        let route = request.match_pattern();
        let span_method = method.unwrap_or("HTTP");
        let name =
            route.as_ref().map_or_else(|| span_method.to_owned(), |route| format!("{span_method} {route}"));
        let uri = request.uri();
        let scheme = if request.app_config().secure() { "https" } else { "http" };
        let server = authority(request).and_then(host_and_port);
        let peer = request.peer_addr();
        let peer_address = peer.map(|peer| peer.ip().to_string());
        let span = tracing::info_span!(
            target: "telemetry::server",
            "request",
            otel.name = name.as_str(),
            otel.kind = "server",
            http.request.method = method.unwrap_or("_OTHER"),
            http.request.method_original = method.is_none().then(|| request.method().as_str()),
            http.route = route.as_deref(),
            http.response.status_code = Empty,
            url.scheme = scheme,
            url.path = uri.path(),
            url.query = uri.query().map(redact::query).as_deref(),
            server.address = server.map(|(host, _)| host),
            server.port = server.map(|(_, port)| i64::from(port.unwrap_or_else(|| default_port(scheme)))),
            client.address = peer_address.as_deref(),
            network.peer.address = peer_address.as_deref(),
            network.peer.port = peer.map(|peer| i64::from(peer.port())),
            network.protocol.version = server_version(request.version()),
            user_agent.original = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()),
            error.type = Empty,
        );
        let parent =
            propagation::current().extract_with_context(&Context::new(), &RequestHeaders(request.headers()));
        bridge::set_parent(&span, parent);
        span
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.record("http.response.status_code", i64::from(status.as_u16()));
        if status.is_server_error() {
            span.record("error.type", status.as_str());
            bridge::set_error(&span, "");
        }
    }
}

/// Whom the request was addressed to: HTTP/2's `:authority`, HTTP/1's `Host`.
fn authority(request: &ServiceRequest) -> Option<&str> {
    let uri = request.uri().authority().map(actix_web::http::uri::Authority::as_str);
    uri.or_else(|| request.headers().get(header::HOST)?.to_str().ok())
}
