//! Search for traces and for trace summaries.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Serialize;
use trace_model::TraceId;
use trace_store::TraceSummary;

use super::{
    envelope::{LegacyResponse, ResultV3, error_v3, legacy_error},
    exhaustive_search,
    search_request::{self, SearchRequest},
};
use crate::api::{
    parameters::Parameters,
    state::State,
    streaming_body::{BodyError, write_body},
    trace_serializer::{JaegerTraces, ResourceSpans, TraceSerializer},
};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/api/traces").get(legacy_search))
        .service(web::resource("/api/v3/traces").get(search))
        .service(web::resource("/api/v3/trace-summaries").get(summaries));
}

/// Result of a search.
#[derive(Default)]
struct FoundTraces {
    ids: Vec<TraceId>,
    /// Requested ids that do not exist, as the request spelled them.
    missing: Vec<String>,
}

/// `None` when the search times out.
async fn find(state: &State, request: SearchRequest) -> Option<FoundTraces> {
    let mut found = FoundTraces::default();
    match request {
        SearchRequest::Ids(ids) => {
            for (text, id) in ids {
                if state.store.has_spans(id) {
                    found.ids.push(id);
                } else {
                    found.missing.push(text);
                }
            }
        }
        SearchRequest::Query(query, limit) => {
            let traces =
                exhaustive_search::search(&state.store, query, limit, exhaustive_search::SEARCH_TIMEOUT)
                    .await?;
            found.ids = traces.iter().map(|summary| summary.trace_id).collect();
        }
    }
    Some(found)
}

async fn legacy_search(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let search = match search_request::legacy(&Parameters::of(&request)) {
        Ok(search) => search,
        Err(message) => return legacy_error(StatusCode::BAD_REQUEST, message),
    };
    let Some(FoundTraces { ids, missing }) = find(&state, search).await else {
        return legacy_error(StatusCode::UNPROCESSABLE_ENTITY, exhaustive_search::TIMED_OUT);
    };
    let response = respond(&state, ids, move |traces| {
        let data = JaegerTraces { traces, keep_cycles: false };
        serde_json::to_writer(traces.writer, &LegacyResponse::new(data, 0).with_missing(&missing))
    });
    response.await.unwrap_or_else(|cause| cause.respond(|status, message| legacy_error(status, message)))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SpansV3<'w> {
    resource_spans: ResourceSpans<'w>,
}

async fn search(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let search = match search_request::v3(&Parameters::of(&request)) {
        Ok(search) => search,
        Err(message) => return error_v3(StatusCode::BAD_REQUEST, message),
    };
    match find(&state, search).await {
        None => error_v3(StatusCode::UNPROCESSABLE_ENTITY, exhaustive_search::TIMED_OUT),
        Some(found) if found.ids.is_empty() => error_v3(StatusCode::NOT_FOUND, "No traces found"),
        Some(found) => {
            let response = respond(&state, found.ids, |traces| {
                let result = SpansV3 { resource_spans: ResourceSpans(traces) };
                serde_json::to_writer(traces.writer, &ResultV3 { result })
            });
            response.await.unwrap_or_else(|cause| cause.respond(|status, message| error_v3(status, message)))
        }
    }
}

/// Responds with traces as `write` writes them.
async fn respond(
    state: &State,
    ids: Vec<TraceId>,
    write: impl Fn(TraceSerializer<'_>) -> serde_json::Result<()> + Send + Sync + 'static,
) -> Result<HttpResponse, BodyError> {
    let store = state.store.clone();
    let body = write_body(&state.stream_limits, move |writer| {
        Ok(write(TraceSerializer { store: &store, ids: &ids, writer })?)
    });
    Ok(body.await?.respond(HttpResponse::Ok().content_type("application/json")))
}

#[derive(Serialize)]
struct SummariesV3 {
    summaries: Vec<SummaryV3>,
}

/// `jaeger.api_v3.TraceSummary` in protobuf's JSON encoding, which leaves out zeros and empty strings.
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
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
        Ok(SearchRequest::Query(query, limit)) => (query, limit),
        Ok(SearchRequest::Ids(_)) => {
            return error_v3(StatusCode::BAD_REQUEST, "summaries cannot be requested by trace id");
        }
        Err(message) => return error_v3(StatusCode::BAD_REQUEST, message),
    };
    let Some(found) =
        exhaustive_search::search(&state.store, query, limit, exhaustive_search::SEARCH_TIMEOUT).await
    else {
        return error_v3(StatusCode::UNPROCESSABLE_ENTITY, exhaustive_search::TIMED_OUT);
    };
    let summaries = found.iter().map(|summary| SummaryV3::from(&**summary)).collect();
    HttpResponse::Ok().json(SummariesV3 { summaries })
}
