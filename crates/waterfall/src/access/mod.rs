//! Who may read and who may send, where a token is asked for.
//!
//! | module | what lives there |
//! |---|---|
//! | [`token`] | a token, and the signed note that a browser keeps in its place |
//! | [`door`] | what a caller showed, and how wrong tokens are slowed down |
//! | [`guard`] | the page and its API: nobody passes without |
//! | [`sign_in`] | the form that a browser gets instead, and the way out |
//! | [`site`] | whether a request comes from a page of another site |
//!
//! The two receivers ask at their own door, for their refusals are OTLP's.

mod bearer_gate;
mod guard;
mod sign_in;
mod site;
mod token;

use std::net::SocketAddr;

use actix_web::{HttpRequest, web};

pub(crate) use self::{
    bearer_gate::{BearerGate, Credential},
    guard::guard,
    sign_in::routes,
    site::is_of_another_site,
    token::Token,
};

/// Whether a request came through by signing in, and not because anybody may read.
pub(crate) fn is_signed_in(request: &HttpRequest) -> bool {
    let token = request.app_data::<web::Data<BearerGate>>().and_then(|gate| gate.token());
    token.is_some_and(|token| sign_in::is_signed_in(request, token))
}

/// Says what to do about an address beyond this machine that asks for no token. Inside of a container every address
/// is: what is published outside of it nobody here can know.
pub(crate) fn warn_if_open(address: SocketAddr, gate: &BearerGate, what: &str, variable: &str) {
    if !address.ip().is_loopback() && !gate.requires_token() {
        tracing::warn!(
            "whoever reaches {address} {what}, and no token is asked for: set {variable}, or see that only those reach it who may"
        );
    }
}
