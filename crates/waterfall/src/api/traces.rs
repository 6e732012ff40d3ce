//! What the page asks for.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::{Deserialize, Serialize};
use trace_model::{Nanos, SpanId, TraceId};
use trace_store::{LocatedTrace, Query, TraceSummary};

use super::{State, error, logs, of_version, span_details, trace_rows};
use crate::access;

/// How many traces a list has unless asked for more.
const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 5_000;

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/ui/status", web::get().to(status))
        .route("/api/ui/traces", web::get().to(list))
        .route("/api/ui/traces/{id}", web::get().to(trace))
        .route("/api/ui/traces/{id}/logs", web::get().to(logs::logs))
        .route("/api/ui/traces/{id}/spans/{span}", web::get().to(span));
}

#[derive(Deserialize)]
struct ListQuery {
    limit: Option<usize>,
    /// The text query, see [`trace_store::query`].
    q: Option<String>,
    /// Between these the trace starts, in nanoseconds since 1970.
    from: Option<u64>,
    to: Option<u64>,
    /// Where an earlier answer to the same question stopped.
    older: Option<String>,
}

#[derive(Serialize)]
struct ListJson {
    traces: Vec<SummaryJson>,
    /// There are more than these, or there may be: a search reads so much and no more.
    more: bool,
    /// Ask for these with `older=..`.
    older: Option<String>,
    /// When the first of them began, in nanoseconds since 1970.
    reached_unix_nano: Option<String>,
    /// How many traces were looked at.
    searched: u64,
}

/// A query that makes no sense, with the place in the text.
#[derive(Serialize)]
struct QueryErrorJson {
    error: String,
    at: usize,
}

#[derive(Serialize)]
struct SummaryJson {
    trace_id: TraceId,
    version: u64,
    root_service: Arc<str>,
    root_name: Arc<str>,
    start_unix_nano: String,
    duration: u64,
    spans: u64,
    errors: u64,
    services: Vec<ServiceJson>,
    missing: u64,
    status_code: Option<u16>,
}

#[derive(Serialize)]
struct ServiceJson {
    name: Arc<str>,
    spans: u64,
}

impl From<&TraceSummary> for SummaryJson {
    fn from(summary: &TraceSummary) -> Self {
        let services = summary.services.iter();
        Self {
            trace_id: summary.trace_id,
            version: summary.version,
            root_service: summary.root_service.clone(),
            root_name: summary.root_name.clone(),
            start_unix_nano: summary.start.to_string(),
            duration: summary.duration.min(trace_rows::MAX_EXACT),
            spans: summary.spans,
            errors: summary.errors,
            services: services.map(|s| ServiceJson { name: s.name.clone(), spans: s.spans }).collect(),
            missing: summary.missing_parents,
            status_code: summary.status_code,
        }
    }
}

async fn list(state: web::Data<State>, query: Option<web::Query<ListQuery>>) -> HttpResponse {
    let Some(query) = query else {
        return error(StatusCode::BAD_REQUEST, "limit, from and to must be whole numbers");
    };
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
    let mut wanted = match Query::parse(query.q.as_deref().unwrap_or_default()) {
        Ok(wanted) => wanted,
        Err(cause) => {
            let body = QueryErrorJson {
                at: super::completion::unit_of(query.q.as_deref().unwrap_or_default(), cause.at),
                error: cause.to_string(),
            };
            return HttpResponse::BadRequest().json(body);
        }
    };
    wanted.from = query.from.map_or(wanted.from, |from| wanted.from.max(Nanos::from_unix(from)));
    wanted.to = query.to.map_or(wanted.to, |to| wanted.to.min(Nanos::from_unix(to)));
    let Ok(older) = query.older.as_deref().map(str::parse).transpose() else {
        return error(StatusCode::BAD_REQUEST, "older is what an earlier answer says");
    };
    let store = state.store.clone();
    let Ok(mut found) = web::block(move || store.search_from(&wanted, limit, older)).await else {
        return error(StatusCode::SERVICE_UNAVAILABLE, "no thread is free; try again");
    };
    // What arrived last is not always what began last.
    found.traces.sort_by_key(|summary| std::cmp::Reverse(summary.start));
    let traces = found.traces.iter().map(|summary| SummaryJson::from(&**summary)).collect();
    HttpResponse::Ok().json(ListJson {
        traces,
        more: found.has_more,
        older: found.next.map(|older| older.to_string()),
        reached_unix_nano: found.next_start.map(|reached| reached.to_string()),
        searched: found.searched,
    })
}

pub(super) fn no_such_trace() -> HttpResponse {
    error(StatusCode::NOT_FOUND, "there is no such trace")
}

async fn trace(state: web::Data<State>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let Ok(id) = TraceId::parse_padded(&id) else {
        return error(StatusCode::BAD_REQUEST, "a trace id is 32 hex digits");
    };
    let Some(trace) = state.store.locate(id) else { return no_such_trace() };
    let write = |trace: LocatedTrace| serde_json::to_vec(&trace_rows::TraceJson::new(&trace.read()));
    of_version(&state, &request, trace.version(), trace.bytes(), move || write(trace)).await
}

#[derive(Deserialize)]
struct SpanQuery {
    /// Which of the spans that share the id, in the order of arrival.
    #[serde(default)]
    occurrence: usize,
}

async fn span(
    state: web::Data<State>,
    path: web::Path<(String, String)>,
    query: Option<web::Query<SpanQuery>>,
) -> HttpResponse {
    let (trace_id, span_id) = path.into_inner();
    let (Ok(trace_id), Ok(span_id)) = (TraceId::parse_padded(&trace_id), SpanId::parse_padded(&span_id))
    else {
        return error(StatusCode::BAD_REQUEST, "a trace id is 32 hex digits and a span id 16");
    };
    if !state.store.has_spans(trace_id) {
        return no_such_trace();
    }
    let linked_from = state.store.linked_from(trace_id, span_id);
    let occurrence = query.map_or(0, |query| query.occurrence);
    let located = state.store.locate_span(trace_id, span_id, occurrence);
    let bytes = located.as_ref().map_or(0, LocatedTrace::bytes);
    let _room = match state.places.reading.room(bytes).await {
        Ok(room) => room,
        Err(cause) => return cause.answer(error),
    };
    let Ok(trace) = web::block(move || located.map(LocatedTrace::read)).await else {
        return error(StatusCode::SERVICE_UNAVAILABLE, "no thread is free; try again");
    };
    let found = trace.as_ref().and_then(|trace| Some((trace.start(), trace.spans().pop()?)));
    let Some((start, (origin, span))) = found else {
        return error(StatusCode::NOT_FOUND, "the trace has no such span");
    };
    HttpResponse::Ok().json(span_details::SpanJson::new(&origin, &span, start, &linked_from))
}

#[derive(Serialize)]
struct StatusJson {
    traces: u64,
    spans: u64,
    logs: u64,
    /// Log records of no trace: received, and not kept.
    untraced_logs: u64,
    memory_bytes: usize,
    disk_bytes: u64,
    evicted_traces: u64,
    damaged_files: u64,
    durable: bool,
    /// Whoever asks has signed in, and may sign out.
    signed_in: bool,
}

/// What the store holds, for those who wonder.
async fn status(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let held = state.store.stats();
    HttpResponse::Ok().json(StatusJson {
        traces: held.traces,
        spans: held.spans,
        logs: held.logs,
        untraced_logs: held.untraced_logs,
        memory_bytes: held.memory_bytes,
        disk_bytes: held.disk_bytes,
        evicted_traces: held.evicted_traces,
        damaged_files: held.damaged_files,
        durable: state.store.is_durable(),
        signed_in: access::is_signed_in(&request),
    })
}
