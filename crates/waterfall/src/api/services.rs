//! What the services page asks: rate, errors and durations of every service and operation, and who calls whom; and what
//! there is to complete a query with.
//!
//! `GET /api/ui/services?from=..&to=..&parts=40`: `from` and `to` in nanoseconds since 1970, all time unless given; `parts`
//! is how many equal parts of the time the series have, 40 unless given, none with 0.
//!
//! ```json
//! { "from": "1700000000000000000", "to": "1700000060000000000", "more": false,
//!   "services": [{ "name": "users", "spans": 3, "errors": 1, "p50": 5, "p95": 9, "p99": 9, "max": 9, "series": {..} }],
//!   "operations": [{ "service": "users", "name": "GET /users", "kind": "server", "spans": 3, .., "series": {
//!     "spans": [0, 3], "errors": [0, 1], "p50": [0, 5], "p95": [0, 9], "p99": [0, 9] } }],
//!   "calls": [{ "parent": "gateway", "parent_kind": "service", "child": "sqlite", "child_kind": "database",
//!     "calls": 3, "errors": 1, "p50": 5, "p95": 9, "p99": 9, "max": 9 }] }
//! ```
//!
//! - `from` and `to` of the answer are what the series cover; where the question left them open, what the spans cover, the
//!   last day of it at the most. Part `n` of `parts` begins at `from + n * (to - from + 1) / parts`.
//! - A service's figures are of what was asked of it: its spans of kind server or consumer, and those that begin a trace.
//! - The kind of an end is `service`, or, for what is not traced itself, `database`, `messaging` or `remote`; two nodes of
//!   the same name and different kinds are two.
//! - `more` says that there are more operations than are listed. Durations are nanoseconds.

use std::sync::Arc;

use actix_web::{HttpResponse, http::StatusCode, web};
use serde::{Deserialize, Serialize};
use trace_model::Nanos;
use trace_store::{CallEdge, Durations, Metrics, MetricsQuery, OperationMetrics, Series, ServiceMetrics};

use super::{State, error, trace_rows::MAX_EXACT};

const DEFAULT_PARTS: usize = 40;

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/ui/services", web::get().to(services))
        .route("/api/ui/attributes", web::get().to(keys))
        .route("/api/ui/attributes/{key}", web::get().to(values));
}

#[derive(Deserialize)]
struct Window {
    from: Option<u64>,
    to: Option<u64>,
    parts: Option<usize>,
}

#[derive(Serialize)]
struct ServicesJson {
    from: String,
    to: String,
    more: bool,
    services: Vec<ServiceJson>,
    operations: Vec<OperationJson>,
    calls: Vec<CallsJson>,
}

#[derive(Serialize)]
struct ServiceJson {
    name: Arc<str>,
    #[serde(flatten)]
    all: DurationsJson,
    series: SeriesJson,
}

#[derive(Serialize)]
struct OperationJson {
    service: Arc<str>,
    name: Arc<str>,
    kind: &'static str,
    #[serde(flatten)]
    all: DurationsJson,
    series: SeriesJson,
}

#[derive(Serialize)]
struct DurationsJson {
    spans: u64,
    errors: u64,
    #[serde(flatten)]
    percentiles: PercentilesJson,
}

#[derive(Serialize)]
struct PercentilesJson {
    p50: u64,
    p95: u64,
    p99: u64,
    max: u64,
}

/// One entry a part, the oldest first.
#[derive(Default, Serialize)]
struct SeriesJson {
    spans: Vec<u64>,
    errors: Vec<u64>,
    p50: Vec<u64>,
    p95: Vec<u64>,
    p99: Vec<u64>,
}

#[derive(Serialize)]
struct CallsJson {
    parent: Arc<str>,
    parent_kind: &'static str,
    child: Arc<str>,
    child_kind: &'static str,
    calls: u64,
    errors: u64,
    #[serde(flatten)]
    percentiles: PercentilesJson,
}

impl From<Durations> for PercentilesJson {
    fn from(durations: Durations) -> Self {
        let exact = |nanos: u64| nanos.min(MAX_EXACT);
        let Durations { p50, p95, p99, max, .. } = durations;
        Self { p50: exact(p50), p95: exact(p95), p99: exact(p99), max: exact(max) }
    }
}

impl From<Durations> for DurationsJson {
    fn from(durations: Durations) -> Self {
        Self { spans: durations.spans, errors: durations.errors, percentiles: durations.into() }
    }
}

impl From<Series> for SeriesJson {
    fn from(Series(parts): Series) -> Self {
        let of =
            |figure: fn(&Durations) -> u64| parts.iter().map(|part| figure(part).min(MAX_EXACT)).collect();
        Self {
            spans: of(|part| part.spans),
            errors: of(|part| part.errors),
            p50: of(|part| part.p50),
            p95: of(|part| part.p95),
            p99: of(|part| part.p99),
        }
    }
}

impl From<ServiceMetrics> for ServiceJson {
    fn from(ServiceMetrics { name, total, series }: ServiceMetrics) -> Self {
        Self { name, all: total.into(), series: series.into() }
    }
}

impl From<OperationMetrics> for OperationJson {
    fn from(OperationMetrics { service, name, kind, total, series }: OperationMetrics) -> Self {
        Self { service, name, kind: kind.as_str(), all: total.into(), series: series.into() }
    }
}

impl From<CallEdge> for CallsJson {
    fn from(CallEdge { caller, callee, durations }: CallEdge) -> Self {
        Self {
            parent: caller.name().clone(),
            parent_kind: caller.kind(),
            child: callee.name().clone(),
            child_kind: callee.kind(),
            calls: durations.spans,
            errors: durations.errors,
            percentiles: durations.into(),
        }
    }
}

async fn services(state: web::Data<State>, window: Option<web::Query<Window>>) -> HttpResponse {
    let Some(window) = window else {
        return error(StatusCode::BAD_REQUEST, "from and to are whole nanoseconds, parts is a whole number");
    };
    let asked = MetricsQuery {
        from: Nanos::from_unix(window.from.unwrap_or(0)),
        to: window.to.map_or(Nanos::MAX, Nanos::from_unix),
        intervals: window.parts.unwrap_or(DEFAULT_PARTS),
    };
    let store = state.store.clone();
    let Ok(Metrics { from, to, operations, has_more, services, calls }) =
        web::block(move || store.metrics(asked)).await
    else {
        return error(StatusCode::SERVICE_UNAVAILABLE, "no thread is free; try again");
    };
    HttpResponse::Ok().json(ServicesJson {
        from: from.to_string(),
        to: to.to_string(),
        more: has_more,
        services: services.into_iter().map(ServiceJson::from).collect(),
        operations: operations.into_iter().map(OperationJson::from).collect(),
        calls: calls.into_iter().map(CallsJson::from).collect(),
    })
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
