//! Routes by method.

use actix_web::guard;
use actix_web::{Route, web};

/// A route for `GET` and for `HEAD`, whose response is the same without its body (RFC 9110, section 9.3.2). The server
/// omits the body.
pub fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}
