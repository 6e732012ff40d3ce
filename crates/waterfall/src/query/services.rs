//! What the services page asks: rate, errors and durations of every operation, and who calls whom; and what there is to
//! complete a query with.

use std::sync::Arc;

use actix_web::{HttpResponse, http::StatusCode, web};
use serde::{Deserialize, Serialize};
use trace_model::Nanos;

use super::{State, error};

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/ui/services", web::get().to(services))
        .route("/api/ui/attributes", web::get().to(keys))
        .route("/api/ui/attributes/{key}", web::get().to(values));
}

/// Both in nanoseconds since 1970, as text; all time unless given.
#[derive(Deserialize)]
struct Window {
    from: Option<u64>,
    to: Option<u64>,
}

#[derive(Serialize)]
struct ServicesJson {
    operations: Vec<OperationJson>,
    calls: Vec<CallsJson>,
}

#[derive(Serialize)]
struct OperationJson {
    service: Arc<str>,
    name: Arc<str>,
    kind: &'static str,
    spans: u64,
    errors: u64,
    p50: u64,
    p95: u64,
    p99: u64,
    max: u64,
}

#[derive(Serialize)]
struct CallsJson {
    parent: Arc<str>,
    child: Arc<str>,
    calls: u64,
    errors: u64,
}

async fn services(state: web::Data<State>, window: Option<web::Query<Window>>) -> HttpResponse {
    let Some(window) = window else {
        return error(StatusCode::BAD_REQUEST, "from and to are whole nanoseconds");
    };
    let from = Nanos::from_unix(window.from.unwrap_or(0));
    let to = window.to.map_or(Nanos::MAX, Nanos::from_unix);
    let store = state.store.clone();
    let Ok((operations, calls)) =
        web::block(move || (store.operation_figures(from, to), store.calls(from, to))).await
    else {
        return error(StatusCode::SERVICE_UNAVAILABLE, "no thread is free; try again");
    };
    let operations = operations.into_iter().map(|figures| OperationJson {
        service: figures.service,
        name: figures.name,
        kind: figures.kind.as_str(),
        spans: figures.spans,
        errors: figures.errors,
        p50: figures.p50,
        p95: figures.p95,
        p99: figures.p99,
        max: figures.max,
    });
    let calls = calls.into_iter().map(|calls| CallsJson {
        parent: calls.parent,
        child: calls.child,
        calls: calls.calls,
        errors: calls.errors,
    });
    HttpResponse::Ok().json(ServicesJson { operations: operations.collect(), calls: calls.collect() })
}

#[derive(Serialize)]
struct KeysJson {
    keys: Vec<Arc<str>>,
}

async fn keys(state: web::Data<State>) -> HttpResponse {
    HttpResponse::Ok().json(KeysJson { keys: state.store.attribute_keys() })
}

#[derive(Serialize)]
struct ValuesJson {
    values: Vec<Arc<str>>,
}

async fn values(state: web::Data<State>, key: web::Path<String>) -> HttpResponse {
    HttpResponse::Ok().json(ValuesJson { values: state.store.attribute_values(&key) })
}
