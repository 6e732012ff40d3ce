//! Whether the gateway answers for the host of a request.

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, HeaderValue};
use actix_web::http::uri::Authority;
use service::Hosts;

/// Whether the gateway answers for the host of this request.
pub(crate) fn allow(hosts: &Hosts, request: &HttpRequest) -> bool {
    let authority = request.uri().authority().map(Authority::as_str);
    hosts.answer(authority, request.headers().get(HOST).map(HeaderValue::to_str))
}
