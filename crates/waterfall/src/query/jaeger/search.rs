//! Traces, and their summaries, by what they are like.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Serialize;
use trace_model::{TraceId, jaeger, otlp::TracesJson};
use trace_store::{Store, StoredTrace, Summary};

use super::{
    Legacy, ResultV3, State, error_v3, legacy_error,
    question::{self, Question},
};
use crate::query::parameters::Parameters;

/// All spans of one answer; past it, the newest traces are given.
const MAX_SPANS: u64 = 200_000;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/traces", web::get().to(legacy_search))
        .route("/api/v3/traces", web::get().to(search))
        .route("/api/v3/trace-summaries", web::get().to(summaries));
}

/// The traces that were asked for, as many as fit in one answer.
fn read(store: &Store, question: &Question) -> Vec<StoredTrace> {
    let found = match question {
        Question::Ids(ids) => return ids.iter().filter_map(|id| store.trace(*id)).collect(),
        Question::Query(query, limit) => store.search(query, *limit),
    };
    let mut spans = 0;
    let fit = found.traces.iter().take_while(|summary| {
        spans += summary.spans;
        spans <= MAX_SPANS || spans == summary.spans
    });
    fit.filter_map(|summary| store.trace(summary.trace_id)).collect()
}

async fn legacy_search(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let question = match question::legacy(&Parameters::of(&request)) {
        Ok(question) => question,
        Err(message) => return legacy_error(StatusCode::BAD_REQUEST, message),
    };
    let store = state.store.clone();
    let answer = web::block(move || {
        let traces = read(&store, &question);
        let spans: Vec<_> = traces.iter().map(|trace| (trace.trace_id, trace.spans())).collect();
        let data: Vec<_> = spans.iter().map(|(id, spans)| jaeger::Trace::new(*id, spans)).collect();
        serde_json::to_vec(&Legacy::of(data, 0))
    });
    match answer.await {
        Ok(Ok(body)) => HttpResponse::Ok().content_type("application/json").body(body),
        _ => legacy_error(StatusCode::SERVICE_UNAVAILABLE, "the search cannot be answered now; try again"),
    }
}

async fn search(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let question = match question::v3(&Parameters::of(&request)) {
        Ok(question) => question,
        Err(message) => return error_v3(StatusCode::BAD_REQUEST, message),
    };
    let store = state.store.clone();
    let answer = web::block(move || {
        let traces = read(&store, &question);
        let spans: Vec<_> = traces.iter().flat_map(StoredTrace::spans).collect();
        let body = serde_json::to_vec(&ResultV3 { result: TracesJson(&spans) });
        body.map(|body| (!spans.is_empty()).then_some(body))
    });
    match answer.await {
        Ok(Ok(Some(body))) => HttpResponse::Ok().content_type("application/json").body(body),
        Ok(Ok(None)) => error_v3(StatusCode::NOT_FOUND, "No traces found"),
        _ => error_v3(StatusCode::SERVICE_UNAVAILABLE, "the search cannot be answered now; try again"),
    }
}

#[derive(Serialize)]
struct SummariesV3 {
    summaries: Vec<SummaryV3>,
}

/// `jaeger.api_v3.TraceSummary`, as protobuf's JSON has it: what is zero or empty is left out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SummaryV3 {
    trace_id: TraceId,
    #[serde(skip_serializing_if = "str::is_empty")]
    root_service_name: Arc<str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    root_operation_name: Arc<str>,
    min_start_time_unix_nano: String,
    max_end_time_unix_nano: String,
    span_count: u64,
    #[serde(skip_serializing_if = "is_zero")]
    error_span_count: u64,
    #[serde(skip_serializing_if = "is_zero")]
    orphan_span_count: u64,
    services: Vec<ServiceV3>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ServiceV3 {
    name: Arc<str>,
    span_count: u64,
    #[serde(skip_serializing_if = "is_zero")]
    error_span_count: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl From<&Summary> for SummaryV3 {
    fn from(summary: &Summary) -> Self {
        let start = summary.start.as_unix();
        let mut services: Vec<_> = summary
            .services
            .iter()
            .map(|service| ServiceV3 {
                name: service.name.clone(),
                span_count: service.spans,
                error_span_count: service.errors,
            })
            .collect();
        services.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Self {
            trace_id: summary.trace_id,
            root_service_name: summary.root_service.clone(),
            root_operation_name: summary.root_name.clone(),
            min_start_time_unix_nano: start.to_string(),
            max_end_time_unix_nano: start.saturating_add(summary.duration).to_string(),
            span_count: summary.spans,
            error_span_count: summary.errors,
            orphan_span_count: summary.orphans,
            services,
        }
    }
}

async fn summaries(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let (query, limit) = match question::v3(&Parameters::of(&request)) {
        Ok(Question::Query(query, limit)) => (query, limit),
        Ok(Question::Ids(_)) => return error_v3(StatusCode::BAD_REQUEST, "ids have no place here"),
        Err(message) => return error_v3(StatusCode::BAD_REQUEST, message),
    };
    let store = state.store.clone();
    let Ok(found) = web::block(move || store.search(&query, limit)).await else {
        return error_v3(StatusCode::SERVICE_UNAVAILABLE, "no thread is free; try again");
    };
    let summaries = found.traces.iter().map(|summary| SummaryV3::from(&**summary)).collect();
    HttpResponse::Ok().json(SummariesV3 { summaries })
}
