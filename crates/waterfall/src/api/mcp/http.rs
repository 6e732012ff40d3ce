//! `POST /mcp`: the protocol over streamable HTTP, in its simplest form. Each request is answered with JSON; there are neither
//! sessions nor streams, so `GET` and `DELETE` get 405.
//!
//! Pages of other sites are refused, as the specification of the transport demands: by `Sec-Fetch-Site`, and by an `Origin` that
//! is not the page's own. The read token is checked by [`crate::access::guard`].

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{self, Bytes, PayloadConfig},
};
use http_body_util::{BodyExt as _, Full};
use hyper::http;
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
};

use super::{local::LocalTools, server::Server, traces::Traces};
use crate::{
    access::is_cross_site,
    api::state::State,
    error_response::{error, interrupted},
};

/// Calls are short: a name and a few arguments.
const MAX_BODY: usize = 64 * 1024;

pub(in crate::api) fn routes(config: &mut web::ServiceConfig) {
    let resource = web::resource("/mcp").app_data(PayloadConfig::new(MAX_BODY));
    config.service(resource.route(web::to(serve)));
}

async fn serve(state: web::Data<State>, request: HttpRequest, body: Bytes) -> HttpResponse {
    if is_cross_site(request.headers()) || is_other_origin(&request) {
        return error(StatusCode::FORBIDDEN, "a page of another site may not call tools");
    }
    let page = {
        let connection = request.connection_info();
        format!("{}://{}", connection.scheme(), connection.host())
    };
    let server = Server(LocalTools(Traces { state, page }));
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .disable_allowed_hosts();
    let service =
        StreamableHttpService::new(move || Ok(server.clone()), Arc::<NeverSessionManager>::default(), config);
    let Some(call) = to_http(&request, body) else {
        return error(StatusCode::BAD_REQUEST, "the request has a method or headers that are not valid");
    };
    let (parts, body) = service.handle(call).await.into_parts();
    let Ok(body) = body.collect().await;
    let Ok(status) = StatusCode::from_u16(parts.status.as_u16()) else { return interrupted() };
    let mut response = HttpResponse::build(status);
    for (name, value) in &parts.headers {
        response.append_header((name.as_str(), value.as_bytes()));
    }
    response.body(body.to_bytes())
}

/// Whether a browser names an origin other than the page's.
fn is_other_origin(request: &HttpRequest) -> bool {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return false };
    let host = request.connection_info().host().to_owned();
    let authority = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    authority != Some(host.as_str())
}

/// The request in the types of the protocol's implementation.
fn to_http(request: &HttpRequest, body: Bytes) -> Option<http::Request<Full<Bytes>>> {
    let mut call = http::Request::builder().method(request.method().as_str()).uri(request.path());
    for (name, value) in request.headers() {
        call = call.header(name.as_str(), value.as_bytes());
    }
    call.body(Full::new(body)).ok()
}
