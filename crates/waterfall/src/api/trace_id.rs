//! Trace ids in request paths, and the error responses about them.

use actix_web::{HttpResponse, http::StatusCode};
use trace_model::TraceId;

use crate::error_response::error;

/// Parses a trace id of up to 32 hex digits.
pub(super) fn parse(text: &str) -> Option<TraceId> {
    TraceId::parse_padded(text).ok()
}

/// The response to an invalid trace id.
pub(super) fn invalid(text: &str) -> HttpResponse {
    let message = format!("invalid trace id {text:?}: it must have 1 to 32 hex digits that are not all zero");
    error(StatusCode::BAD_REQUEST, &message)
}

/// The response when a trace is not stored, or was evicted.
pub(super) fn not_found(id: TraceId) -> HttpResponse {
    error(StatusCode::NOT_FOUND, &format!("trace {id} not found"))
}
