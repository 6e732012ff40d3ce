//! Trace ids in request paths, and the error responses about them.

use actix_web::{HttpResponse, http::StatusCode};
use trace_model::TraceId;

use crate::error_response::error;

/// Parses a trace id of up to 32 hex digits.
///
/// # Errors
/// The response to an invalid one.
pub(super) fn parse(text: &str) -> Result<TraceId, HttpResponse> {
    TraceId::parse_padded(text).map_err(|_| {
        error(
            StatusCode::BAD_REQUEST,
            &format!("invalid trace id {text:?}: it must have at most 32 hex digits"),
        )
    })
}

/// The response when a trace is not stored, or was evicted.
pub(super) fn not_found(id: TraceId) -> HttpResponse {
    error(StatusCode::NOT_FOUND, &format!("trace {id} not found"))
}
