//! `GET /api/ui/traces/{id}` and `GET /api/ui/traces/{id}/spans/{span}`: one trace in rows, and one span.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::ContentType},
    web,
};
use serde::Deserialize;
use trace_model::SpanId;
use trace_store::{LocatedTrace, StoredTrace};

use super::{
    parameters::Parameters,
    sibling_differences,
    span_details::SpanJson,
    state::State,
    trace_id,
    trace_json::{Clocks, TraceJson},
    versioned_response,
};
use crate::error_response::{error, interrupted};

/// Largest trace, in bytes when decompressed, that is read to compare a span with its siblings.
const MAX_COMPARED_BYTES: usize = 8 * 1024 * 1024;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/api/ui/traces/{id}").get(trace))
        .service(web::resource("/api/ui/traces/{id}/spans/{span}").get(span));
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
    let whole = state.store.locate(trace_id).filter(|trace| trace.bytes() <= MAX_COMPARED_BYTES);
    let bytes = [&located, &whole].into_iter().flatten().map(LocatedTrace::bytes).sum();
    let permit = match state.stream_limits.read_budget.acquire(bytes).await {
        Ok(permit) => permit,
        Err(cause) => return cause.respond(error),
    };
    let serialize = move || {
        // The memory is in use as long as this runs, also when the client is gone.
        let _permit = permit;
        let trace = located?.read();
        let (origin, span) = trace.spans().pop()?;
        let whole = whole.map(LocatedTrace::read);
        let spans = whole.as_ref().map(StoredTrace::spans).unwrap_or_default();
        let siblings = sibling_differences::compare(&spans, &origin, &span);
        Some(serde_json::to_vec(&SpanJson::new(&origin, &span, trace.start(), &linked_from, siblings)))
    };
    match web::block(serialize).await {
        Ok(Some(Ok(json))) => HttpResponse::Ok().content_type(ContentType::json()).body(json),
        Ok(None) => error(StatusCode::NOT_FOUND, &format!("trace {trace_id} has no span {span_id}")),
        Ok(Some(Err(_))) | Err(_) => interrupted(),
    }
}
