//! Traces by their ids.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use base64::{
    Engine,
    engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig},
};
use trace_model::{TraceId, jaeger, otlp::TracesJson};

use super::{Legacy, ResultV3, State, error_v3, legacy_error};
use crate::query::of_trace;

/// What Jaeger says of a trace that is not there.
pub(super) const NOT_FOUND: &str = "trace not found";
const NO_ID: &str = "a trace id is up to 32 hex digits, or 16 bytes in base64";

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/traces/{id}", web::get().to(legacy_trace))
        .route("/api/v3/traces/{id}", web::get().to(trace));
}

/// Hex that may lack its leading zeros, or base64 of either alphabet, as protobuf's JSON has bytes.
pub(super) fn trace_id(text: &str) -> Option<TraceId> {
    if let Ok(id) = TraceId::parse_padded(text) {
        return Some(id);
    }
    let lenient =
        GeneralPurposeConfig::new().with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent);
    let decode = |alphabet| GeneralPurpose::new(alphabet, lenient).decode(text).ok();
    let bytes = decode(&base64::alphabet::STANDARD).or_else(|| decode(&base64::alphabet::URL_SAFE))?;
    TraceId::from_bytes(&bytes).ok()
}

async fn legacy_trace(state: web::Data<State>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let Some(id) = trace_id(&id) else { return legacy_error(StatusCode::BAD_REQUEST, NO_ID) };
    let not_found = || legacy_error(StatusCode::NOT_FOUND, NOT_FOUND);
    of_trace(&state, &request, id, not_found, |trace| {
        let spans = trace.spans();
        serde_json::to_vec(&Legacy::of([jaeger::Trace::new(trace.trace_id, &spans)], 0))
    })
    .await
}

async fn trace(state: web::Data<State>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let Some(id) = trace_id(&id) else {
        return error_v3(StatusCode::BAD_REQUEST, format!("malformed parameter trace_id: {NO_ID}"));
    };
    let not_found = || error_v3(StatusCode::NOT_FOUND, "No traces found");
    of_trace(&state, &request, id, not_found, |trace| {
        serde_json::to_vec(&ResultV3 { result: TracesJson(&trace.spans()) })
    })
    .await
}
