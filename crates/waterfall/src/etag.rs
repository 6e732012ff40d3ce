//! Conditional requests: comparison of entity tags with `If-None-Match` (RFC 9110, section 13.1.2).

use actix_web::{
    HttpRequest,
    http::header::{self, EntityTag, Header, IfNoneMatch},
};

/// Whether the client already has the version with this tag.
pub(crate) fn matches(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => request.headers().contains_key(header::IF_NONE_MATCH),
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}
