//! Services, their operations, and dependencies between services.
//!
//! Lists of names have pages ([`super::name_page`]), since senders choose the names.

use std::{sync::Arc, time::SystemTime};

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Serialize;
use trace_model::{Nanos, SpanKind};
use trace_store::{CallNode, MetricsQuery};

use super::{
    envelope::{LegacyResponse, legacy_error},
    name_page::{NamePage, Rest},
};
use crate::api::{metrics_turn::MetricsError, parameters::Parameters, state::State};

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
    #[serde(flatten)]
    rest: Option<Rest>,
}

async fn services(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let page = NamePage::of(&Parameters::of(&request), state.store.services(), |name| name);
    let rest = page.rest();
    HttpResponse::Ok().json(ServicesV3 { services: page.items, rest })
}

async fn legacy_services(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let page = NamePage::of(&Parameters::of(&request), state.store.services(), |name| name);
    HttpResponse::Ok().json(LegacyResponse::of_page(page))
}

#[derive(Serialize)]
struct OperationsV3 {
    operations: Vec<Operation>,
    #[serde(flatten)]
    rest: Option<Rest>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Operation {
    name: Arc<str>,
    span_kind: &'static str,
}

/// A page of the operations of a service, optionally of one span kind. Spans without a kind count as internal.
fn operations_of(state: &State, parameters: &Parameters) -> NamePage<Operation> {
    let service = parameters.get(&["service"]).unwrap_or_default();
    let wanted = parameters.get(&["spanKind", "span_kind"]);
    let mut operations: Vec<_> = state.store.operations(service);
    for (_, kind) in &mut operations {
        if *kind == SpanKind::Unspecified {
            *kind = SpanKind::Internal;
        }
    }
    operations.dedup();
    let operations = operations
        .into_iter()
        .map(|(name, kind)| Operation { name, span_kind: kind.as_str() })
        .filter(|operation| wanted.is_none_or(|wanted| operation.span_kind == wanted));
    NamePage::of(parameters, operations.collect(), |operation| &operation.name)
}

async fn operations(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let page = operations_of(&state, &Parameters::of(&request));
    let rest = page.rest();
    HttpResponse::Ok().json(OperationsV3 { operations: page.items, rest })
}

async fn legacy_operations(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let parameters = Parameters::of(&request);
    if parameters.get(&["service"]).is_none() {
        return legacy_error(StatusCode::BAD_REQUEST, "parameter 'service' is required");
    }
    HttpResponse::Ok().json(LegacyResponse::of_page(operations_of(&state, &parameters)))
}

async fn legacy_operation_names(
    state: web::Data<State>,
    service: web::Path<String>,
    request: HttpRequest,
) -> HttpResponse {
    let mut names: Vec<_> = state.store.operations(&service).into_iter().map(|(name, _)| name).collect();
    names.dedup();
    let page = NamePage::of(&Parameters::of(&request), names, |name| name);
    HttpResponse::Ok().json(LegacyResponse::of_page(page))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency {
    parent: Arc<str>,
    child: Arc<str>,
    call_count: u64,
}

/// Parameters: `endTs` (default: now) and `lookback` (default: one day), both in milliseconds, and `service`, which
/// selects the dependencies of one service. `total` is 0 as in Jaeger, or, where the busiest 2,000 calls are not all, the
/// number of all.
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
    let metrics = match state.metrics(query).await {
        Ok(metrics) => metrics,
        Err(cause @ (MetricsError::Busy | MetricsError::Interrupted)) => {
            return legacy_error(StatusCode::SERVICE_UNAVAILABLE, cause.to_string());
        }
    };
    let left_out = metrics.left_out.calls;
    let total = if left_out > 0 { metrics.calls.len() + left_out } else { 0 };
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
    HttpResponse::Ok().json(LegacyResponse::new(links.filter(is_wanted).collect::<Vec<_>>(), total))
}

/// Jaeger's monitor page needs a metrics store, which does not exist here. The services page has these metrics.
async fn metrics() -> HttpResponse {
    legacy_error(StatusCode::NOT_IMPLEMENTED, "metrics querying is currently disabled")
}
