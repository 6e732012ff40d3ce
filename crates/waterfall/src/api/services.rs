//! Metrics of services and operations, the service graph, and attribute keys and values.
//!
//! `GET /api/ui/services?from=..&to=..&parts=40` returns rate, errors and durations. `from` and `to` are nanoseconds
//! since 1970 and default to all time. `parts` is the number of equal intervals in each series: 40 by default, none
//! with 0.
//!
//! ```json
//! { "from": "1700000000000000000", "to": "1700000060000000000", "left_out": { "services": 0, "operations": 0,
//!   "calls": 0 },
//!   "services": [{ "name": "users", "kinds": ["server"], "entries": true, "spans": 3, "errors": 1, "p50": 5,
//!                  "p95": 9, "p99": 9, "max": 9, "series": {..} }],
//!   "operations": [{ "service": "users", "name": "GET /users", "kind": "server", "spans": 3, .., "series": {
//!     "spans": [0, 3], "errors": [0, 1], "p50": [0, 5], "p95": [0, 9], "p99": [0, 9] } }],
//!   "calls": [{ "parent": "gateway", "parent_kind": "service", "child": "users", "child_kind": "service",
//!     "by_caller": { "spans": 3, "errors": 1, "p50": 5, "p95": 9, "p99": 9, "max": 9 }, "by_callee": {..} }] }
//! ```
//!
//! - `from` and `to` of the response are what the series cover. Without these parameters they are the time range of the
//!   spans, at most its last day. Interval `n` of `parts` begins at `from + n * (to - from + 1) / parts`.
//! - The metrics of a service are those of its entry spans: of kind server or consumer, or without a parent. A service without entry spans (`"entries": false`) is measured by all its spans. `kinds` are the
//!   kinds of the measured spans.
//! - `by_caller` are the caller's client and producer spans, `by_callee` the callee's spans. A side without spans is absent:
//!   it records none.
//! - `parent_kind` and `child_kind` are `service` or, for a node that is not traced itself, `database`, `messaging` or
//!   `remote`. Nodes with the same name and different kinds are different nodes.
//! - `left_out` counts the services, operations and calls that are not listed: those with the fewest spans. At most 1,000
//!   services, 1,000 operations and 2,000 calls are listed. Durations are nanoseconds.
//! - One response is computed at a time. Others wait, and after 10 s are refused with 503.

use std::sync::Arc;

use actix_web::{HttpResponse, http::StatusCode, web};
use serde::{Deserialize, Serialize};
use trace_model::{Nanos, SpanKind};
use trace_store::{
    CallEdge, Durations, LeftOut, Metrics, MetricsQuery, OperationMetrics, Series, ServiceMetrics,
};

use super::{json_number::clamp_to_safe, metrics_turn::MetricsError, state::State};
use crate::error_response::{error, interrupted, with_retry_after};

const DEFAULT_INTERVALS: usize = 40;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/api/ui/services").get(services))
        .service(web::resource("/api/ui/attributes").get(keys))
        .service(web::resource("/api/ui/attributes/{key}").get(values));
}

#[derive(Deserialize)]
struct MetricsParameters {
    from: Option<u64>,
    to: Option<u64>,
    parts: Option<usize>,
}

#[derive(Serialize)]
struct ServicesJson {
    from: String,
    to: String,
    left_out: LeftOutJson,
    services: Vec<ServiceJson>,
    operations: Vec<OperationJson>,
    calls: Vec<CallsJson>,
}

#[derive(Serialize)]
struct LeftOutJson {
    services: usize,
    operations: usize,
    calls: usize,
}

impl From<LeftOut> for LeftOutJson {
    fn from(LeftOut { services, operations, calls }: LeftOut) -> Self {
        Self { services, operations, calls }
    }
}

#[derive(Serialize)]
struct ServiceJson {
    name: Arc<str>,
    kinds: Vec<&'static str>,
    entries: bool,
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
    p50: u64,
    p95: u64,
    p99: u64,
    max: u64,
}

/// One entry for each interval, the oldest first.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    by_caller: Option<DurationsJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_callee: Option<DurationsJson>,
}

impl From<Durations> for DurationsJson {
    fn from(Durations { spans, errors, p50, p95, p99, max }: Durations) -> Self {
        Self {
            spans,
            errors,
            p50: clamp_to_safe(p50),
            p95: clamp_to_safe(p95),
            p99: clamp_to_safe(p99),
            max: clamp_to_safe(max),
        }
    }
}

impl DurationsJson {
    /// `None` without spans.
    fn of_some(durations: Durations) -> Option<Self> {
        (durations.spans > 0).then(|| durations.into())
    }
}

impl From<Series> for SeriesJson {
    fn from(Series(intervals): Series) -> Self {
        let values = |value: fn(&Durations) -> u64| {
            intervals.iter().map(|interval| clamp_to_safe(value(interval))).collect()
        };
        Self {
            spans: values(|interval| interval.spans),
            errors: values(|interval| interval.errors),
            p50: values(|interval| interval.p50),
            p95: values(|interval| interval.p95),
            p99: values(|interval| interval.p99),
        }
    }
}

impl From<ServiceMetrics> for ServiceJson {
    fn from(ServiceMetrics { name, has_entries, kinds, total, series }: ServiceMetrics) -> Self {
        let kinds = kinds.into_iter().map(SpanKind::as_str).collect();
        Self { name, kinds, entries: has_entries, all: total.into(), series: series.into() }
    }
}

impl From<OperationMetrics> for OperationJson {
    fn from(OperationMetrics { service, name, kind, total, series }: OperationMetrics) -> Self {
        Self { service, name, kind: kind.as_str(), all: total.into(), series: series.into() }
    }
}

impl From<CallEdge> for CallsJson {
    fn from(CallEdge { caller, callee, by_caller, by_callee }: CallEdge) -> Self {
        Self {
            parent: caller.name().clone(),
            parent_kind: caller.kind(),
            child: callee.name().clone(),
            child_kind: callee.kind(),
            by_caller: DurationsJson::of_some(by_caller),
            by_callee: DurationsJson::of_some(by_callee),
        }
    }
}

async fn services(
    state: web::Data<State>,
    parameters: Option<web::Query<MetricsParameters>>,
) -> HttpResponse {
    let Some(parameters) = parameters else {
        return error(
            StatusCode::BAD_REQUEST,
            "from, to and parts must be whole numbers; from and to are nanoseconds since 1970",
        );
    };
    let query = MetricsQuery {
        from: Nanos::from_unix(parameters.from.unwrap_or(0)),
        to: parameters.to.map_or(Nanos::MAX, Nanos::from_unix),
        intervals: parameters.parts.unwrap_or(DEFAULT_INTERVALS),
    };
    let Metrics { from, to, operations, services, calls, left_out } = match state.metrics(query).await {
        Ok(metrics) => metrics,
        Err(cause @ MetricsError::Busy) => {
            return with_retry_after(error(StatusCode::SERVICE_UNAVAILABLE, &cause.to_string()));
        }
        Err(MetricsError::Interrupted) => return interrupted(),
    };
    HttpResponse::Ok().json(ServicesJson {
        from: from.to_string(),
        to: to.to_string(),
        left_out: left_out.into(),
        services: services.into_iter().map(ServiceJson::from).collect(),
        operations: operations.into_iter().map(OperationJson::from).collect(),
        calls: calls.into_iter().map(CallsJson::from).collect(),
    })
}

#[derive(Serialize)]
struct KeysJson {
    keys: Vec<Arc<str>>,
    /// There are more keys.
    more: bool,
}

async fn keys(state: web::Data<State>) -> HttpResponse {
    let keys = state.store.attribute_keys();
    HttpResponse::Ok().json(KeysJson { keys: keys.texts, more: !keys.is_complete })
}

#[derive(Serialize)]
struct ValuesJson {
    values: Vec<Arc<str>>,
    /// There are more values.
    more: bool,
}

async fn values(state: web::Data<State>, key: web::Path<String>) -> HttpResponse {
    let values = state.store.attribute_values(&key);
    HttpResponse::Ok().json(ValuesJson { values: values.texts, more: !values.is_complete })
}
