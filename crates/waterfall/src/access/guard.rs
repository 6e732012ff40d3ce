//! Middleware that protects the page and its API when `WATERFALL_READ_TOKEN` is set. Health checks stay open.

use actix_web::{
    Error, HttpResponse,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::Next,
    web,
};

use super::{
    bearer_gate::{BearerGate, Credential},
    session, sign_in,
};
use crate::{accept::prefers_html, error_response::with_message};

/// Paths that need no token: health checks, sign-in and sign-out.
const OPEN_PATHS: [&str; 4] = ["/health/live", "/health/ready", sign_in::PATH, sign_in::SIGN_OUT_PATH];
const CHALLENGE: header::HeaderValue = header::HeaderValue::from_static("Bearer realm=\"waterfall\"");
const MISSING: &str =
    "a token is required: send the value of WATERFALL_READ_TOKEN as `Authorization: Bearer TOKEN`\n";
const INVALID: &str =
    "invalid token: send the value of WATERFALL_READ_TOKEN as `Authorization: Bearer TOKEN`\n";

pub(crate) async fn guard<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let Some(rejection) = rejection(&request).await else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    Ok(request.into_response(rejection).map_into_right_body())
}

/// The response to a request without a valid credential; `None` when the request may pass.
async fn rejection(request: &ServiceRequest) -> Option<HttpResponse> {
    let gate = request.app_data::<web::Data<BearerGate>>()?;
    let token = gate.token()?;
    if OPEN_PATHS.contains(&request.path()) {
        return None;
    }
    let header = request.headers().get(header::AUTHORIZATION);
    let is_invalid = match gate.check(header.map(header::HeaderValue::as_bytes)) {
        Credential::Accepted => return None,
        Credential::Invalid => true,
        Credential::Missing => false,
    };
    if session::is_signed_in(request.request(), token) {
        return None;
    }
    if is_invalid && !gate.delay_rejection().await {
        return Some(sign_in::too_many_invalid_tokens());
    }
    let mut response = if !is_invalid && request.method() == Method::GET && prefers_html(request.headers()) {
        sign_in::instead_of_page(request.request())
    } else {
        // Plain text: Grafana takes every JSON response for that of a working data source.
        let message = if is_invalid { INVALID } else { MISSING };
        let text = HttpResponse::Unauthorized().content_type("text/plain; charset=utf-8").body(message);
        with_message(text, message)
    };
    response.headers_mut().insert(header::WWW_AUTHENTICATE, CHALLENGE);
    Some(response)
}
