//! Jaeger's searches and dependencies: its parameters become a query, its answers come from what is found.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use trace_model::{Nanos, SpanKind, StatusCode as SpanStatus, jaeger, otlp::TracesJson};
use trace_store::{
    Asked, Found, Node, Query, Store,
    query::{Condition, Operator, Term, Text, parse_duration},
};

use super::{
    State,
    jaeger::{Legacy, ResultV3, error_v3, legacy_error},
    parameters::Parameters,
};

/// How many traces a search gives unless it says otherwise, and at most.
const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 1_500;
/// All spans of one answer; past it, the newest traces are given.
const MAX_SPANS: u64 = 200_000;

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/traces", web::get().to(legacy_search))
        .route("/api/v3/traces", web::get().to(search))
        .route("/api/dependencies", web::get().to(dependencies));
}

type Parsed = Result<(Query, usize), &'static str>;

/// `service operation tags tag start end minDuration maxDuration limit`; times in microseconds.
fn legacy_query(parameters: &Parameters) -> Parsed {
    let mut query = Query::default();
    terms(&mut query, parameters.get(&["service"]), parameters.get(&["operation"]));
    durations(&mut query, parameters.get(&["minDuration"]), parameters.get(&["maxDuration"]))?;
    for tag in parameters.all("tag") {
        let (key, value) = tag.split_once(':').ok_or("malformed 'tag' parameter, expecting key:value")?;
        query.terms.push(tag_term(key, value));
    }
    for tags in parameters.all("tags").filter(|tags| !tags.is_empty()) {
        attributes(&mut query, tags).map_err(|()| "malformed 'tags' parameter, cannot unmarshal JSON")?;
    }
    let micros = |text: &str| text.parse::<u64>().map(|micros| Nanos::from_unix(micros.saturating_mul(1000)));
    if let Some(start) = parameters.get(&["start"]) {
        query.from = micros(start).map_err(|_| "unable to parse param 'start'")?;
    }
    if let Some(end) = parameters.get(&["end"]) {
        query.to = micros(end).map_err(|_| "unable to parse param 'end'")?;
    }
    let limit = parameters.get(&["limit"]).map_or(Ok(DEFAULT_LIMIT), str::parse);
    Ok((query, limit.map_err(|_| "unable to parse param 'limit'")?.min(MAX_LIMIT)))
}

/// `query.service_name query.operation_name query.attributes query.start_time_min ..`, also in camel case; times in
/// RFC 3339.
fn query_v3(parameters: &Parameters) -> Parsed {
    let mut query = Query::default();
    let service = parameters.get(&["query.service_name", "query.serviceName"]);
    let operation = parameters.get(&["query.operation_name", "query.operationName"]);
    terms(&mut query, service, operation);
    durations(
        &mut query,
        parameters.get(&["query.duration_min", "query.durationMin"]),
        parameters.get(&["query.duration_max", "query.durationMax"]),
    )?;
    if let Some(tags) = parameters.get(&["query.attributes"]) {
        attributes(&mut query, tags).map_err(|()| "malformed parameter query.attributes")?;
    }
    let from = parameters.get(&["query.start_time_min", "query.startTimeMin"]);
    let to = parameters.get(&["query.start_time_max", "query.startTimeMax"]);
    let (Some(from), Some(to)) = (from, to) else {
        return Err("query.startTimeMin and query.startTimeMax are required");
    };
    query.from = rfc3339(from).ok_or("malformed parameter query.startTimeMin")?;
    query.to = rfc3339(to).ok_or("malformed parameter query.startTimeMax")?;
    let depth = ["query.search_depth", "query.searchDepth", "query.num_traces"];
    let limit = parameters.get(&depth).map_or(Ok(DEFAULT_LIMIT), str::parse);
    Ok((query, limit.map_err(|_| "malformed parameter query.searchDepth")?.min(MAX_LIMIT)))
}

fn terms(query: &mut Query, service: Option<&str>, operation: Option<&str>) {
    query.terms.extend(service.map(|name| Condition::Service(Text::is(name)).into()));
    let operation = operation.filter(|name| *name != "all");
    query.terms.extend(operation.map(|name| Condition::Name(Text::is(name)).into()));
}

fn durations(query: &mut Query, min: Option<&str>, max: Option<&str>) -> Result<(), &'static str> {
    for (text, operator) in [(min, Operator::GreaterOrEqual), (max, Operator::LessOrEqual)] {
        if let Some(text) = text {
            let nanos = parse_duration(text).ok_or("a duration is like 1.2s, 100ms or 500us")?;
            query.terms.push(Condition::Duration(operator, nanos).into());
        }
    }
    Ok(())
}

fn attributes(query: &mut Query, json: &str) -> Result<(), ()> {
    let tags: Map<String, Json> = serde_json::from_str(json).map_err(|_| ())?;
    for (key, value) in tags {
        let value = if let Json::String(text) = value { text } else { value.to_string() };
        query.terms.push(tag_term(&key, &value));
    }
    Ok(())
}

/// What Jaeger has as tags and OpenTelemetry as fields of a span.
fn tag_term(key: &str, value: &str) -> Term {
    let kind = || (0..6).map(SpanKind::from_otlp).find(|kind| kind.as_str() == value);
    match (key, value) {
        ("error", "true") | ("otel.status_code", "ERROR") => Condition::Status(SpanStatus::Error).into(),
        ("error", "false") => Term { negated: true, condition: Condition::Status(SpanStatus::Error) },
        ("otel.status_code", "OK") => Condition::Status(SpanStatus::Ok).into(),
        ("span.kind", _) if kind().is_some() => Condition::Kind(kind().unwrap_or_default()).into(),
        _ => Condition::Attribute(key.to_owned(), Text::is(value)).into(),
    }
}

fn rfc3339(text: &str) -> Option<Nanos> {
    let nanos = text.parse::<jiff::Timestamp>().ok()?.as_nanosecond();
    Some(Nanos::from_unix(u64::try_from(nanos.max(0)).unwrap_or(u64::MAX)))
}

/// The found traces that fit in one answer, read.
fn read(store: &Store, found: &Found) -> Vec<trace_store::StoredTrace> {
    let mut spans = 0;
    let fit = found.traces.iter().take_while(|summary| {
        spans += summary.spans;
        spans <= MAX_SPANS || spans == summary.spans
    });
    fit.filter_map(|summary| store.trace(summary.trace_id)).collect()
}

async fn legacy_search(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let (query, limit) = match legacy_query(&Parameters::of(&request)) {
        Ok(asked) => asked,
        Err(message) => return legacy_error(StatusCode::BAD_REQUEST, message),
    };
    if !query.terms.iter().any(|term| matches!(term.condition, Condition::Service(_))) {
        return legacy_error(StatusCode::BAD_REQUEST, "parameter 'service' is required");
    }
    let store = state.store.clone();
    let answer = web::block(move || {
        let traces = read(&store, &store.search(&query, limit));
        let spans: Vec<_> = traces.iter().map(|trace| (trace.trace_id, trace.spans())).collect();
        let data: Vec<_> = spans.iter().map(|(id, spans)| jaeger::Trace::new(*id, spans)).collect();
        let total = data.len();
        serde_json::to_vec(&Legacy::of(data, total))
    });
    json(answer.await)
}

async fn search(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let (query, limit) = match query_v3(&Parameters::of(&request)) {
        Ok(asked) => asked,
        Err(message) => return error_v3(StatusCode::BAD_REQUEST, message),
    };
    let store = state.store.clone();
    let answer = web::block(move || {
        let traces = read(&store, &store.search(&query, limit));
        let spans: Vec<_> = traces.iter().flat_map(trace_store::StoredTrace::spans).collect();
        serde_json::to_vec(&ResultV3 { result: TracesJson(&spans) })
    });
    json(answer.await)
}

fn json(answer: Result<serde_json::Result<Vec<u8>>, actix_web::error::BlockingError>) -> HttpResponse {
    match answer {
        Ok(Ok(body)) => HttpResponse::Ok().content_type("application/json").body(body),
        Ok(Err(_)) | Err(_) => error_v3(StatusCode::SERVICE_UNAVAILABLE, "the search cannot be answered now"),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency {
    parent: std::sync::Arc<str>,
    child: std::sync::Arc<str>,
    call_count: u64,
}

/// `endTs` and `lookback`, both in milliseconds.
async fn dependencies(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let parameters = Parameters::of(&request);
    let millis = |name: &str| parameters.get(&[name]).map(str::parse::<u64>).transpose();
    let (Ok(end), Ok(lookback)) = (millis("endTs"), millis("lookback")) else {
        return legacy_error(StatusCode::BAD_REQUEST, "endTs and lookback are whole milliseconds");
    };
    let to = end.map_or(u64::MAX, |millis| millis.saturating_mul(1_000_000));
    let from = lookback.map_or(0, |millis| to.saturating_sub(millis.saturating_mul(1_000_000)));
    let store = state.store.clone();
    let asked = Asked { from: Nanos::from_unix(from), to: Nanos::from_unix(to), parts: 0 };
    let Ok(figures) = web::block(move || store.figures(asked)).await else {
        return legacy_error(StatusCode::SERVICE_UNAVAILABLE, "no thread is free; try again");
    };
    // Jaeger knows services, and nothing that is not traced.
    let data: Vec<_> = figures
        .calls
        .into_iter()
        .filter_map(|calls| match (calls.from, calls.to) {
            (Node::Service(parent), Node::Service(child)) => {
                Some(Dependency { parent, child, call_count: calls.all.spans })
            }
            _ => None,
        })
        .collect();
    let total = data.len();
    HttpResponse::Ok().json(Legacy::of(data, total))
}
