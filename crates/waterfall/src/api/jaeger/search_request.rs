//! Search parameters of both API versions, converted to queries of the store.

use serde_json::{Map, Value as Json};
use trace_model::{Nanos, StatusCode, TraceId};
use trace_store::{
    Query,
    query::{Condition, MAX_TERMS, Operator, Term, ValuePredicate, parse_duration},
};

use super::trace_id;
use crate::api::parameters::Parameters;

/// Traces that a search returns by default, and at most.
const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 1_500;

/// A search by conditions or by ids.
pub(super) enum SearchRequest {
    /// A query, and the number of traces.
    Query(Query, usize),
    /// Trace ids, each with its spelling in the request.
    Ids(Vec<(String, TraceId)>),
}

/// Parameters of the legacy API: `service operation tags tag start end minDuration maxDuration limit`, with times in
/// microseconds, or `traceID`s.
pub(super) fn legacy(parameters: &Parameters) -> Result<SearchRequest, String> {
    let ids: Option<Vec<_>> = parameters
        .all("traceID")
        .take(MAX_LIMIT)
        .map(|text| Some((text.to_owned(), trace_id::parse(text)?)))
        .collect();
    let ids = ids.ok_or_else(|| format!("unable to parse param 'traceID': {}", trace_id::INVALID))?;
    if !ids.is_empty() {
        return Ok(SearchRequest::Ids(ids));
    }
    let mut query = Query::default();
    let service = parameters.get(&["service"]).ok_or("parameter 'service' is required")?;
    terms(&mut query, Some(service), parameters.get(&["operation"]));
    for tag in parameters.all("tag") {
        let malformed = || format!("malformed 'tag' parameter, expecting key:value, received: {tag}");
        let (key, value) = tag.split_once(':').ok_or_else(malformed)?;
        query.terms.push(tag_term(key, value));
    }
    for tags in parameters.all("tags").filter(|tags| !tags.is_empty()) {
        attributes(&mut query, tags)
            .map_err(|cause| format!("malformed 'tags' parameter, cannot unmarshal JSON: {cause}"))?;
    }
    let unparsable = |name: &str, cause: &str| format!("unable to parse param '{name}': {cause}");
    let micros = |name: &str| {
        let given = parameters.get(&[name]).map(str::parse::<u64>).transpose();
        given.map_err(|cause| unparsable(name, &cause.to_string()))
    };
    if let Some(start) = micros("start")? {
        query.from = Nanos::from_unix(start.saturating_mul(1000));
    }
    if let Some(end) = micros("end")? {
        query.to = Nanos::from_unix(end.saturating_mul(1000));
    }
    durations(
        &mut query,
        ["minDuration", "maxDuration"].map(|name| parameters.get_with_name(&[name])),
        unparsable,
    )?;
    let limit = limit(parameters.get(&["limit"])).map_err(|cause| unparsable("limit", &cause))?;
    search(query, limit)
}

/// Parameters of the v3 API: `query.serviceName query.operationName query.attributes query.startTimeMin ..`, in
/// camel or snake case, with times in RFC 3339.
pub(super) fn v3(parameters: &Parameters) -> Result<SearchRequest, String> {
    let malformed = |name: &str, cause: &str| format!("malformed parameter {name}: {cause}");
    let mut query = Query::default();
    let service = parameters.get(&["query.serviceName", "query.service_name"]);
    terms(&mut query, service, parameters.get(&["query.operationName", "query.operation_name"]));
    if let Some(tags) = parameters.get(&["query.attributes"]) {
        attributes(&mut query, tags).map_err(|cause| malformed("query.attributes", &cause))?;
    }
    if parameters.get(&["query.filter"]).is_some() {
        return Err(malformed("query.filter", "structured filters are not supported"));
    }
    let from = parameters.get_with_name(&["query.startTimeMin", "query.start_time_min"]);
    let to = parameters.get_with_name(&["query.startTimeMax", "query.start_time_max"]);
    let (Some(from), Some(to)) = (from, to) else {
        return Err("query.startTimeMin and query.startTimeMax are required".to_owned());
    };
    let time = |(name, text): (&str, &str)| rfc3339(text).map_err(|cause| malformed(name, &cause));
    (query.from, query.to) = (time(from)?, time(to)?);
    if query.from >= query.to {
        return Err("query.startTimeMin must be before query.startTimeMax".to_owned());
    }
    let depth = parameters.get_with_name(&["query.searchDepth", "query.search_depth", "query.num_traces"]);
    let limit = limit(depth.map(|(_, depth)| depth))
        .map_err(|cause| malformed(depth.map_or("query.searchDepth", |(name, _)| name), &cause))?;
    let bounds = [["query.durationMin", "query.duration_min"], ["query.durationMax", "query.duration_max"]];
    durations(&mut query, bounds.map(|names| parameters.get_with_name(&names)), malformed)?;
    search(query, limit)
}

fn search(query: Query, limit: usize) -> Result<SearchRequest, String> {
    if query.terms.len() > MAX_TERMS {
        return Err(format!("a search can have at most {MAX_TERMS} conditions"));
    }
    Ok(SearchRequest::Query(query, limit))
}

fn limit(text: Option<&str>) -> Result<usize, String> {
    let Some(text) = text else { return Ok(DEFAULT_LIMIT) };
    let limit: i64 = text.parse().map_err(|_| format!("{text:?} is not a whole number"))?;
    Ok(usize::try_from(limit).ok().filter(|limit| *limit > 0).unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT))
}

fn terms(query: &mut Query, service: Option<&str>, operation: Option<&str>) {
    query.terms.extend(service.map(|name| Condition::Service(ValuePredicate::equal(name)).into()));
    let operation = operation.filter(|name| *name != "all");
    query.terms.extend(operation.map(|name| Condition::Name(ValuePredicate::equal(name)).into()));
}

/// Adds conditions for the shortest and the longest duration, each given with the name of its parameter.
fn durations(
    query: &mut Query,
    [min, max]: [Option<(&str, &str)>; 2],
    error: impl Fn(&str, &str) -> String,
) -> Result<(), String> {
    let mut previous = 0;
    for (given, operator) in [(min, Operator::GreaterOrEqual), (max, Operator::LessOrEqual)] {
        let Some((name, text)) = given else { continue };
        let nanos = parse_duration(text)
            .ok_or_else(|| error(name, "it must be a duration such as 1.2s, 100ms or 500us"))?;
        if nanos < previous {
            return Err("'maxDuration' should be greater than 'minDuration'".to_owned());
        }
        previous = nanos;
        query.terms.push(Condition::Duration(operator, nanos).into());
    }
    Ok(())
}

fn attributes(query: &mut Query, json: &str) -> Result<(), String> {
    let tags: Map<String, Json> = serde_json::from_str(json).map_err(|cause| cause.to_string())?;
    for (key, value) in tags {
        let value = if let Json::String(text) = value { text } else { value.to_string() };
        query.terms.push(tag_term(&key, &value));
    }
    Ok(())
}

/// The condition of a tag. Jaeger shows no tag `error` on a span that has not failed.
fn tag_term(key: &str, value: &str) -> Term {
    match (key, value) {
        ("error", "false") => Term { negated: true, condition: Condition::Status(StatusCode::Error) },
        _ => Condition::JaegerTag(key.to_owned(), ValuePredicate::equal(value)).into(),
    }
}

fn rfc3339(text: &str) -> Result<Nanos, String> {
    // Grafana does not escape the plus sign of a time zone, which a URL decodes to a space.
    let text = text.replace(' ', "+");
    let nanos = text.parse::<jiff::Timestamp>().map_err(|cause| cause.to_string())?.as_nanosecond();
    Ok(Nanos::from_unix(u64::try_from(nanos.max(0)).unwrap_or(u64::MAX)))
}
