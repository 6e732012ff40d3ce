//! Services, their operations, and dependencies between services.

use std::{sync::Arc, time::SystemTime};

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Serialize;
use trace_model::{Nanos, SpanKind};
use trace_store::{CallNode, MetricsQuery};

use super::envelope::{LegacyResponse, legacy_error};
use crate::{
    api::{parameters::Parameters, state::State},
    error_response::INTERRUPTED,
};

/// Default time range of dependencies: one day.
const DEFAULT_LOOKBACK_MILLIS: u64 = 86_400_000;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/api/v3/services").get(services))
        .service(web::resource("/api/v3/operations").get(operations))
        .service(web::resource("/api/services").get(legacy_services))
        .service(web::resource("/api/services/{service:.+}/operations").get(legacy_operation_names))
        .service(web::resource("/api/operations").get(legacy_operations))
        .service(web::resource("/api/dependencies").get(dependencies))
        .service(web::resource("/api/metrics/{of}").get(metrics));
}

#[derive(Serialize)]
struct ServicesV3 {
    services: Vec<Arc<str>>,
}

async fn services(state: web::Data<State>) -> HttpResponse {
    HttpResponse::Ok().json(ServicesV3 { services: state.store.services() })
}

async fn legacy_services(state: web::Data<State>) -> HttpResponse {
    let services = state.store.services();
    let total = services.len();
    HttpResponse::Ok().json(LegacyResponse::new(services, total))
}

#[derive(Serialize)]
struct OperationsV3 {
    operations: Vec<Operation>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Operation {
    name: Arc<str>,
    span_kind: &'static str,
}

/// The operations of a service, optionally of one span kind. Spans without a kind count as internal.
fn operations_of(state: &State, parameters: &Parameters) -> Vec<Operation> {
    let service = parameters.get(&["service"]).unwrap_or_default();
    let wanted = parameters.get(&["spanKind", "span_kind"]);
    let mut operations: Vec<_> = state.store.operations(service);
    for (_, kind) in &mut operations {
        if *kind == SpanKind::Unspecified {
            *kind = SpanKind::Internal;
        }
    }
    operations.dedup();
    operations
        .into_iter()
        .map(|(name, kind)| Operation { name, span_kind: kind.as_str() })
        .filter(|operation| wanted.is_none_or(|wanted| operation.span_kind == wanted))
        .collect()
}

async fn operations(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    HttpResponse::Ok().json(OperationsV3 { operations: operations_of(&state, &Parameters::of(&request)) })
}

async fn legacy_operations(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let parameters = Parameters::of(&request);
    if parameters.get(&["service"]).is_none() {
        return legacy_error(StatusCode::BAD_REQUEST, "parameter 'service' is required");
    }
    let operations = operations_of(&state, &parameters);
    let total = operations.len();
    HttpResponse::Ok().json(LegacyResponse::new(operations, total))
}

async fn legacy_operation_names(state: web::Data<State>, service: web::Path<String>) -> HttpResponse {
    let mut names: Vec<_> = state.store.operations(&service).into_iter().map(|(name, _)| name).collect();
    names.dedup();
    let total = names.len();
    HttpResponse::Ok().json(LegacyResponse::new(names, total))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency {
    parent: Arc<str>,
    child: Arc<str>,
    call_count: u64,
}

/// Parameters: `endTs` (default: now) and `lookback` (default: one day), both in milliseconds, and `service`, which
/// selects the dependencies of one service.
async fn dependencies(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let parameters = Parameters::of(&request);
    let millis = |name: &str| {
        let given = parameters.get(&[name]).map(str::parse::<u64>).transpose();
        given.map_err(|cause| format!("unable to parse param '{name}': {cause}"))
    };
    let (end, lookback) = match (millis("endTs"), millis("lookback")) {
        (Ok(end), Ok(lookback)) => (end, lookback.unwrap_or(DEFAULT_LOOKBACK_MILLIS)),
        (Err(message), _) | (_, Err(message)) => return legacy_error(StatusCode::BAD_REQUEST, message),
    };
    let to = end.map_or(u64::MAX, |millis| millis.saturating_mul(1_000_000));
    let now = || Nanos::from(SystemTime::now()).as_unix();
    let from = end.map_or_else(now, |_| to).saturating_sub(lookback.saturating_mul(1_000_000));
    let query = MetricsQuery { from: Nanos::from_unix(from), to: Nanos::from_unix(to), intervals: 0 };
    let store = state.store.clone();
    let Ok(metrics) = web::block(move || store.metrics(query)).await else {
        return legacy_error(StatusCode::SERVICE_UNAVAILABLE, INTERRUPTED);
    };
    let service = parameters.get(&["service"]);
    // Jaeger's dependencies are between services, without databases and other nodes that are not traced.
    let links = metrics.calls.into_iter().filter_map(|calls| match (&calls.caller, &calls.callee) {
        (CallNode::Service(parent), CallNode::Service(child)) => {
            Some(Dependency { parent: parent.clone(), child: child.clone(), call_count: calls.count() })
        }
        _ => None,
    });
    let is_wanted =
        |link: &Dependency| service.is_none_or(|name| *link.parent == *name || *link.child == *name);
    HttpResponse::Ok().json(LegacyResponse::new(links.filter(is_wanted).collect::<Vec<_>>(), 0))
}

/// Jaeger's monitor page needs a metrics store, which does not exist here. The services page has these metrics.
async fn metrics() -> HttpResponse {
    legacy_error(StatusCode::NOT_IMPLEMENTED, "metrics querying is currently disabled")
}
