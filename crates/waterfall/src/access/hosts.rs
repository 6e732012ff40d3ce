//! Middleware that refuses requests for hosts that the page's server does not answer for (DNS rebinding): a page of another
//! site must not become one of this origin, and read the traces.

use actix_web::{
    Error,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{StatusCode, header, uri::Authority},
    middleware::Next,
    web,
};
use process::Hosts;

use crate::error_response::error;

const MISDIRECTED: &str = "the waterfall does not answer for this host: use an address, localhost, or a name that WATERFALL_HOSTS lists";

pub(crate) async fn check_host<B: MessageBody + 'static>(
    hosts: web::Data<Hosts>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    if is_allowed(&hosts, &request) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let refusal = error(StatusCode::MISDIRECTED_REQUEST, MISDIRECTED);
    Ok(request.into_response(refusal).map_into_right_body())
}

fn is_allowed(hosts: &Hosts, request: &ServiceRequest) -> bool {
    let authority = request.uri().authority().map(Authority::as_str);
    hosts.answer(authority, request.headers().get(header::HOST).map(header::HeaderValue::to_str))
}
