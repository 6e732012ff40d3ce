//! Access control: bearer tokens of readers and senders, and the sign-in of browsers.
//!
//! | module | content |
//! |---|---|
//! | [`token`] | bearer token, and the signed session value that a browser keeps instead |
//! | [`bearer_gate`] | check of an `Authorization` header, and the delay of rejections |
//! | [`session`] | session cookie of a signed-in browser |
//! | [`sign_in`] | sign-in form and sign-out |
//! | [`guard`] | middleware that protects the page and its API |
//! | [`hosts`] | middleware that refuses requests for other hosts |
//! | [`origins`] | the origins of pages that may send telemetry |
//! | [`site`] | detection of requests from pages of other sites |
//!
//! The receivers check the ingest token themselves, because their rejections are OTLP responses.

mod bearer_gate;
mod guard;
mod hosts;
mod origins;
mod session;
mod sign_in;
mod site;
mod token;

use std::net::SocketAddr;

use actix_web::{HttpRequest, web};

pub(crate) use self::{
    bearer_gate::{BearerGate, Credential},
    guard::guard,
    hosts::check_host,
    origins::Origins,
    sign_in::routes,
    site::is_cross_site,
    token::Token,
};

/// Whether a read token is set, and the request carries the session cookie of a signed-in browser.
pub(crate) fn is_signed_in(request: &HttpRequest) -> bool {
    let token = request.app_data::<web::Data<BearerGate>>().and_then(|gate| gate.token());
    token.is_some_and(|token| session::is_signed_in(request, token))
}

/// Logs a warning when an address beyond loopback requires no token. In a container every address is beyond
/// loopback, and the process cannot know whether the port is published.
pub(crate) fn warn_if_open(address: SocketAddr, gate: &BearerGate, allowed: &str, variable: &str) {
    if !address.ip().is_loopback() && !gate.requires_token() {
        tracing::warn!(
            "everyone who can reach {address} {allowed}, because no token is required: \
             set {variable}, or restrict access to the port"
        );
    }
}
