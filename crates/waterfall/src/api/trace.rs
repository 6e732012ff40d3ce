//! `GET /api/ui/traces/{id}` and `GET /api/ui/traces/{id}/spans/{span}`: one trace in rows, and one span.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Deserialize;
use trace_model::SpanId;
use trace_store::LocatedTrace;

use super::{
    parameters::Parameters,
    span_details::SpanJson,
    state::State,
    trace_id,
    trace_json::{Clocks, TraceJson},
    versioned_response,
};
use crate::error_response::{error, interrupted};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/ui/traces/{id}", web::get().to(trace))
        .route("/api/ui/traces/{id}/spans/{span}", web::get().to(span));
}

async fn trace(state: web::Data<State>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let Some(id) = trace_id::parse(&id) else { return trace_id::invalid(&id) };
    let parameters = Parameters::of(&request);
    let clocks = match parameters.get(&["clocks"]).map_or(Ok(Clocks::Reported), str::parse) {
        Ok(clocks) => clocks,
        Err(cause) => return error(StatusCode::BAD_REQUEST, &cause),
    };
    let Some(trace) = state.store.locate(id) else { return trace_id::not_found(id) };
    let (tag, bytes) = (state.tag_of_variant(trace.version(), clocks.as_str()), trace.bytes());
    let serialize = move || serde_json::to_vec(&TraceJson::new(&trace.read(), clocks));
    versioned_response::respond(&state, &request, tag, bytes, serialize).await
}

#[derive(Deserialize)]
struct SpanQuery {
    /// Index among the spans that share the id, in the order of arrival.
    #[serde(default)]
    occurrence: usize,
}

async fn span(
    state: web::Data<State>,
    path: web::Path<(String, String)>,
    query: Option<web::Query<SpanQuery>>,
) -> HttpResponse {
    let (trace_id, span_id) = path.into_inner();
    let Some(trace_id) = trace_id::parse(&trace_id) else { return trace_id::invalid(&trace_id) };
    let Ok(span_id) = SpanId::parse_padded(&span_id) else {
        let message = format!("invalid span id {span_id:?}: it must have at most 16 hex digits");
        return error(StatusCode::BAD_REQUEST, &message);
    };
    if !state.store.has_spans(trace_id) {
        return trace_id::not_found(trace_id);
    }
    let linked_from = state.store.linked_from(trace_id, span_id);
    let occurrence = query.map_or(0, |query| query.occurrence);
    let located = state.store.locate_span(trace_id, span_id, occurrence);
    let bytes = located.as_ref().map_or(0, LocatedTrace::bytes);
    let _permit = match state.stream_limits.read_budget.acquire(bytes).await {
        Ok(permit) => permit,
        Err(cause) => return cause.respond(error),
    };
    let Ok(trace) = web::block(move || located.map(LocatedTrace::read)).await else {
        return interrupted();
    };
    let found = trace.as_ref().and_then(|trace| Some((trace.start(), trace.spans().pop()?)));
    let Some((start, (origin, span))) = found else {
        return error(StatusCode::NOT_FOUND, &format!("trace {trace_id} has no span {span_id}"));
    };
    HttpResponse::Ok().json(SpanJson::new(&origin, &span, start, &linked_from))
}
