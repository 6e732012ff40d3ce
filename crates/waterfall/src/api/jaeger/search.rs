//! Traces, and their summaries, by what they are like.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Serialize;
use trace_model::TraceId;
use trace_store::TraceSummary;

use super::{
    Legacy, ResultV3, State, error_v3, exhaustive_search, legacy_error,
    search_request::{self, Question},
};
use crate::api::{
    parameters::Parameters,
    streaming_body::{Unwritten, written},
    trace_serializer::{JaegerTraces, ResourceSpans, TraceSerializer},
};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/traces", web::get().to(legacy_search))
        .route("/api/v3/traces", web::get().to(search))
        .route("/api/v3/trace-summaries", web::get().to(summaries));
}

/// The traces that were asked for.
#[derive(Default)]
struct Found {
    ids: Vec<TraceId>,
    /// Those that were named and are not there, as they were spelled: Jaeger's page looks for them by that.
    missing: Vec<String>,
}

/// None when they are not found in time.
async fn found(state: &State, question: Question) -> Option<Found> {
    let mut found = Found::default();
    match question {
        Question::Named(named) => {
            for (text, id) in named {
                if state.store.has_spans(id) {
                    found.ids.push(id);
                } else {
                    found.missing.push(text);
                }
            }
        }
        Question::Query(query, limit) => {
            let traces =
                exhaustive_search::search(&state.store, query, limit, exhaustive_search::PATIENCE).await?;
            found.ids = traces.iter().map(|summary| summary.trace_id).collect();
        }
    }
    Some(found)
}

async fn legacy_search(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let question = match search_request::legacy(&Parameters::of(&request)) {
        Ok(question) => question,
        Err(message) => return legacy_error(StatusCode::BAD_REQUEST, message),
    };
    let Some(Found { ids, missing }) = found(&state, question).await else {
        return legacy_error(StatusCode::UNPROCESSABLE_ENTITY, exhaustive_search::TOO_LONG);
    };
    let answer = list(&state, ids, move |listed| {
        let traces = JaegerTraces { listed, keep_cycles: false };
        serde_json::to_writer(listed.out, &Legacy::of(traces, 0).without(&missing))
    });
    answer.await.unwrap_or_else(|cause| cause.answer(|status, message| legacy_error(status, message)))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SpansV3<'w> {
    resource_spans: ResourceSpans<'w>,
}

async fn search(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let question = match search_request::v3(&Parameters::of(&request)) {
        Ok(question) => question,
        Err(message) => return error_v3(StatusCode::BAD_REQUEST, message),
    };
    match found(&state, question).await {
        None => error_v3(StatusCode::UNPROCESSABLE_ENTITY, exhaustive_search::TOO_LONG),
        Some(found) if found.ids.is_empty() => error_v3(StatusCode::NOT_FOUND, "No traces found"),
        Some(found) => {
            let answer = list(&state, found.ids, |listed| {
                let result = SpansV3 { resource_spans: ResourceSpans(listed) };
                serde_json::to_writer(listed.out, &ResultV3 { result })
            });
            answer.await.unwrap_or_else(|cause| cause.answer(|status, message| error_v3(status, message)))
        }
    }
}

/// An answer over traces, as `write` writes it.
async fn list(
    state: &State,
    ids: Vec<TraceId>,
    write: impl Fn(TraceSerializer<'_>) -> serde_json::Result<()> + Send + Sync + 'static,
) -> Result<HttpResponse, Unwritten> {
    let store = state.store.clone();
    let answer =
        written(&state.places, move |out| Ok(write(TraceSerializer { store: &store, ids: &ids, out })?))
            .await?;
    Ok(answer.answer(HttpResponse::Ok().content_type("application/json")))
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

impl From<&TraceSummary> for SummaryV3 {
    fn from(summary: &TraceSummary) -> Self {
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
    let (query, limit) = match search_request::v3(&Parameters::of(&request)) {
        Ok(Question::Query(query, limit)) => (query, limit),
        Ok(Question::Named(_)) => return error_v3(StatusCode::BAD_REQUEST, "ids have no place here"),
        Err(message) => return error_v3(StatusCode::BAD_REQUEST, message),
    };
    let Some(found) =
        exhaustive_search::search(&state.store, query, limit, exhaustive_search::PATIENCE).await
    else {
        return error_v3(StatusCode::UNPROCESSABLE_ENTITY, exhaustive_search::TOO_LONG);
    };
    let summaries = found.iter().map(|summary| SummaryV3::from(&**summary)).collect();
    HttpResponse::Ok().json(SummariesV3 { summaries })
}
