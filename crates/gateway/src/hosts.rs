//! Whether the gateway answers for the host of a request.

use actix_web::HttpRequest;
use actix_web::http::header::HOST;
use actix_web::http::uri::Authority;
use service::Hosts;

/// Whether the gateway answers for the host of this request. A request without one comes from no browser.
pub(crate) fn allow(hosts: &Hosts, request: &HttpRequest) -> bool {
    let authority = request.uri().authority().map(Authority::as_str);
    let host = authority.map(Ok).or_else(|| Some(request.headers().get(HOST)?.to_str()));
    host.is_none_or(|host| host.is_ok_and(|host| hosts.allow(host)))
}
