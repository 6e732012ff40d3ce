//! Jaeger's paths: the legacy JSON of `/api/..` and the OTLP JSON of `/api/v3/..`, errors as Jaeger gives them.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::{Deserialize, Serialize};
use trace_model::{TraceId, jaeger, otlp::TracesJson};

use super::{State, of_trace};

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/traces/{id}", web::get().to(legacy_trace))
        .route("/api/v3/traces/{id}", web::get().to(trace))
        .route("/api/v3/services", web::get().to(services))
        .route("/api/v3/operations", web::get().to(operations))
        .route("/api/services", web::get().to(legacy_services))
        .route("/api/services/{service}/operations", web::get().to(legacy_operations));
}

/// The envelope of every legacy answer.
#[derive(Serialize)]
pub(super) struct Legacy<T> {
    data: Option<T>,
    total: usize,
    limit: usize,
    offset: usize,
    errors: Option<Vec<LegacyError>>,
}

#[derive(Serialize)]
struct LegacyError {
    code: u16,
    msg: &'static str,
}

impl<T> Legacy<T> {
    pub(super) const fn of(data: T, total: usize) -> Self {
        Self { data: Some(data), total, limit: 0, offset: 0, errors: None }
    }
}

pub(super) fn legacy_error(status: StatusCode, msg: &'static str) -> HttpResponse {
    let errors = Some(vec![LegacyError { code: status.as_u16(), msg }]);
    HttpResponse::build(status).json(Legacy::<()> { data: None, total: 0, limit: 0, offset: 0, errors })
}

async fn legacy_trace(state: web::Data<State>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let Ok(id) = TraceId::parse_padded(&id) else {
        return legacy_error(StatusCode::BAD_REQUEST, "a trace id is 32 hex digits");
    };
    let not_found = || legacy_error(StatusCode::NOT_FOUND, "trace not found");
    of_trace(&state, &request, id, not_found, |trace| {
        let spans = trace.spans();
        serde_json::to_vec(&Legacy::of([jaeger::Trace::new(trace.trace_id, &spans)], 0))
    })
    .await
}

async fn legacy_services(state: web::Data<State>) -> HttpResponse {
    let services = state.store.services();
    let total = services.len();
    HttpResponse::Ok().json(Legacy::of(services, total))
}

#[derive(Serialize)]
struct ErrorV3 {
    error: StatusV3,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatusV3 {
    http_code: u16,
    message: &'static str,
}

pub(super) fn error_v3(status: StatusCode, message: &'static str) -> HttpResponse {
    HttpResponse::build(status).json(ErrorV3 { error: StatusV3 { http_code: status.as_u16(), message } })
}

#[derive(Serialize)]
pub(super) struct ResultV3<T> {
    pub(super) result: T,
}

async fn trace(state: web::Data<State>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let Ok(id) = TraceId::parse_padded(&id) else {
        return error_v3(StatusCode::BAD_REQUEST, "a trace id is 32 hex digits");
    };
    let not_found = || error_v3(StatusCode::NOT_FOUND, "No traces found");
    of_trace(&state, &request, id, not_found, |trace| {
        serde_json::to_vec(&ResultV3 { result: TracesJson(&trace.spans()) })
    })
    .await
}

#[derive(Serialize)]
struct ServicesV3 {
    services: Vec<Arc<str>>,
}

async fn services(state: web::Data<State>) -> HttpResponse {
    HttpResponse::Ok().json(ServicesV3 { services: state.store.services() })
}

#[derive(Deserialize)]
struct OperationsQuery {
    service: Option<String>,
    span_kind: Option<String>,
}

#[derive(Serialize)]
struct OperationsV3 {
    operations: Vec<OperationV3>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OperationV3 {
    name: Arc<str>,
    span_kind: &'static str,
}

async fn operations(state: web::Data<State>, query: web::Query<OperationsQuery>) -> HttpResponse {
    let Some(service) = &query.service else {
        return error_v3(StatusCode::BAD_REQUEST, "malformed parameter service");
    };
    let wanted =
        |kind: &str| query.span_kind.as_deref().is_none_or(|wanted| wanted.is_empty() || wanted == kind);
    let operations = state.store.operations(service).into_iter().filter(|(_, kind)| wanted(kind.as_str()));
    let operations = operations.map(|(name, kind)| OperationV3 { name, span_kind: kind.as_str() }).collect();
    HttpResponse::Ok().json(OperationsV3 { operations })
}

async fn legacy_operations(state: web::Data<State>, service: web::Path<String>) -> HttpResponse {
    let mut names: Vec<_> = state.store.operations(&service).into_iter().map(|(name, _)| name).collect();
    names.dedup();
    let total = names.len();
    HttpResponse::Ok().json(Legacy::of(names, total))
}
