//! The page and its API, where `WATERFALL_READ_TOKEN` is set: nobody passes without, but the health checks.

use actix_web::{
    Error, HttpResponse,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, header},
    middleware::Next,
    web,
};

use super::{BearerGate, Credential, sign_in};
use crate::api;

/// What anybody may ask for: whether this is well, to sign in and to sign out.
const OPEN: [&str; 4] = ["/health/live", "/health/ready", sign_in::PATH, sign_in::OUT_PATH];

pub(crate) async fn guard<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let Some(refusal) = refusal(&request).await else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    Ok(request.into_response(refusal).map_into_right_body())
}

async fn refusal(request: &ServiceRequest) -> Option<HttpResponse> {
    let gate = request.app_data::<web::Data<BearerGate>>()?;
    let token = gate.token()?;
    if OPEN.contains(&request.path()) {
        return None;
    }
    let header = request.headers().get(header::AUTHORIZATION);
    let wrong = match gate.check(header.map(header::HeaderValue::as_bytes)) {
        Credential::Accepted => return None,
        Credential::Invalid => true,
        Credential::Missing => false,
    };
    if sign_in::is_signed_in(request.request(), token) {
        return None;
    }
    if wrong && !gate.delay_rejection().await {
        return Some(too_many());
    }
    let message = if wrong {
        "this is not the token: WATERFALL_READ_TOKEN of the waterfall is, as `Authorization: Bearer TOKEN`"
    } else {
        "reading needs the token that WATERFALL_READ_TOKEN of the waterfall holds, as `Authorization: Bearer TOKEN`"
    };
    let mut response = if !wrong && wants_a_page(request) {
        sign_in::instead_of_page(request.request())
    } else {
        // In words: Grafana looks only at whether an answer is JSON, and would take the data source for a working one.
        HttpResponse::Unauthorized().content_type("text/plain; charset=utf-8").body(format!("{message}\n"))
    };
    response.headers_mut().insert(header::WWW_AUTHENTICATE, CHALLENGE);
    Some(response)
}

const CHALLENGE: header::HeaderValue = header::HeaderValue::from_static("Bearer realm=\"waterfall\"");

/// Wrong tokens come faster than they are answered.
pub(super) fn too_many() -> HttpResponse {
    let message = "too many wrong tokens at once; try again";
    api::again_soon(api::error(StatusCode::TOO_MANY_REQUESTS, message))
}

/// Whether somebody looks at the answer, and not a program.
fn wants_a_page(request: &ServiceRequest) -> bool {
    let accepts = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    request.method() == Method::GET && accepts.is_some_and(|accepts| accepts.contains("text/html"))
}
