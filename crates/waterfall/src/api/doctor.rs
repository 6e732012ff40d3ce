//! Why traces are broken.
//!
//! `GET /api/doctor` examines the newest traces and returns what was found, grouped by cause, the most severe first:
//!
//! ```json
//! { "window": { "traces": 40, "spans": 320, "fromUnixNano": "..", "toUnixNano": "..", "arriving": 2, "beyond": 0 },
//!   "groups": [{ "code": "context-lost-between-services", "severity": "error", "title": "..", "remedy": "..",
//!     "rust": "..", "disproof": "..", "affected": 37, "firstUnixNano": "..", "lastUnixNano": "..",
//!     "exampleTraceId": "..", "trend": [0, 3, 34], "findings": [..], "findingsLeftOut": 0 }] }
//! ```
//!
//! `GET /api/doctor/{trace-id}` examines one trace together with those that arrived around it:
//!
//! ```json
//! { "traceId": "..", "arriving": null, "missing": [{ "spanId": "..", "kind": "remote" }], "findings": [..],
//!   "window": {..} }
//! ```
//!
//! - `window.beyond` are stored traces that were not examined: a request examines 2,000 traces and 50,000 spans at most.
//! - `suppressed` are findings that are known and accepted, and `suppressions` the entries that leave them out, by the file of
//!   `WATERFALL_DOCTOR_CONFIG` or by a click on the page (`ofPage`).
//! - `arriving` is set while parts of the trace may still arrive. Then it has no findings yet. `?complete=true` says that
//!   nothing will.
//! - `missing` are parents that were not received. `kind` is `remote`, `local` or `unknown`, as the children's `flags` say.
//! - A finding has the form of `cruddur doctor --json`. About one trace, its `spans` are those of the trace, and
//!   `otherTraceIds` name some of the others.
//!
//! An unknown trace is a 404, and one of more than 500,000 spans, or of more than the memory limit allows, a 422.

use std::collections::{BTreeMap, HashMap};

use ::doctor::{Finding, RULES, Rule};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde_json::{Value, json};
use trace_model::{Nanos, TraceId};

use super::{
    diagnosis::{Diagnosis, Unavailable},
    parameters::Parameters,
    state::State,
    trace_id,
};
use crate::error_response::{error, interrupted};

/// In the answer about many traces.
const OVERVIEW: Limits = Limits { findings: 50, spans: 20 };
/// Other traces that a finding about one trace names.
const MAX_OTHERS: usize = 5;
/// Intervals of a trend.
const INTERVALS: u64 = 24;

/// How much an answer names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Findings of one group.
    pub(super) findings: usize,
    /// Spans and pairs of one finding.
    pub(super) spans: usize,
}

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/api/doctor").get(overview))
        .service(web::resource("/api/doctor/{id}").get(of_trace));
}

async fn overview(state: web::Data<State>) -> HttpResponse {
    match state.diagnostician.of_newest().await {
        Ok(diagnosis) => HttpResponse::Ok().json(overview_json(&diagnosis, OVERVIEW)),
        Err(cause) => unavailable(&cause),
    }
}

async fn of_trace(state: web::Data<State>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let Some(id) = trace_id::parse(&id) else { return trace_id::invalid(&id) };
    let is_complete = match Parameters::of(&request).get(&["complete"]) {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return error(StatusCode::BAD_REQUEST, "complete must be true or false"),
    };
    let diagnosis = match state.diagnostician.around(id, is_complete).await {
        Ok(diagnosis) => diagnosis,
        Err(Unavailable::NotFound) => return trace_id::not_found(id),
        Err(cause) => return unavailable(&cause),
    };
    let limits = Limits { findings: usize::MAX, spans: ::doctor::limits::SPANS_PER_FINDING };
    HttpResponse::Ok().json(trace_json(&diagnosis, id, limits))
}

/// The answer about many traces.
pub(super) fn overview_json(diagnosis: &Diagnosis, limits: Limits) -> Value {
    json!({
        "window": window_json(diagnosis),
        "suppressed": diagnosis.suppressed,
        "suppressions": diagnosis.suppressions,
        "groups": groups(diagnosis, limits),
    })
}

/// The answer about one trace, the most severe findings first.
pub(super) fn trace_json(diagnosis: &Diagnosis, id: TraceId, limits: Limits) -> Value {
    let report = &diagnosis.report;
    let arriving = report.arriving.iter().find(|arriving| arriving.trace_id == id);
    let mut findings: Vec<&Finding> =
        report.findings.iter().filter(|finding| finding.trace_ids().binary_search(&id).is_ok()).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    json!({
        "traceId": id.to_string(),
        "arriving": arriving.map(::doctor::json::arriving),
        "missing": diagnosis.missing,
        "findings": findings.into_iter().map(|finding| finding_about(finding, id, limits)).collect::<Vec<_>>(),
        "suppressed": diagnosis.suppressed,
        "window": window_json(diagnosis),
    })
}

pub(super) fn unavailable(cause: &Unavailable) -> HttpResponse {
    match cause {
        Unavailable::NotFound => error(StatusCode::NOT_FOUND, &cause.to_string()),
        Unavailable::TooLarge | Unavailable::Memory { .. } => {
            error(StatusCode::UNPROCESSABLE_ENTITY, &cause.to_string())
        }
        Unavailable::Budget(cause) => cause.respond(error),
        Unavailable::Interrupted => interrupted(),
    }
}

pub(super) fn window_json(diagnosis: &Diagnosis) -> Value {
    let starts = || diagnosis.starts.values().copied();
    json!({
        "traces": diagnosis.report.traces,
        "spans": diagnosis.report.spans,
        "fromUnixNano": starts().min().unwrap_or_default().to_string(),
        "toUnixNano": starts().max().unwrap_or_default().to_string(),
        "arriving": diagnosis.report.arriving.len(),
        "beyond": diagnosis.beyond + diagnosis.report.left_out as u64,
        "nowUnixNano": diagnosis.now.to_string(),
    })
}

/// The findings by rule, the most severe first.
fn groups(diagnosis: &Diagnosis, limits: Limits) -> Vec<Value> {
    let mut by_code = BTreeMap::<&str, Vec<&Finding>>::new();
    for finding in &diagnosis.report.findings {
        by_code.entry(finding.code).or_default().push(finding);
    }
    let mut rules: Vec<&Rule> = RULES.iter().collect();
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.severity));
    rules.iter().filter_map(|rule| Some(group(diagnosis, rule, by_code.get(rule.code)?, limits))).collect()
}

fn group(diagnosis: &Diagnosis, rule: &Rule, findings: &[&Finding], limits: Limits) -> Value {
    let seen = || findings.iter().map(|finding| &finding.occurrences);
    let last = findings.iter().max_by_key(|finding| finding.occurrences.last);
    let example = last.and_then(|finding| finding.trace_ids().first().copied());
    let shown = findings.iter().take(limits.findings).map(|finding| json_within((*finding).clone(), limits));
    json!({
        "code": rule.code,
        "severity": rule.severity.as_str(),
        "title": rule.title,
        "remedy": rule.remedy,
        "rust": rule.rust,
        "disproof": rule.disproof,
        "affected": seen().map(|seen| seen.affected).sum::<usize>(),
        "firstUnixNano": seen().map(|seen| seen.first).min().unwrap_or_default().to_string(),
        "lastUnixNano": seen().map(|seen| seen.last).max().unwrap_or_default().to_string(),
        "exampleTraceId": example.map(|id| id.to_string()),
        "trend": trend(&diagnosis.starts, findings),
        "findings": shown.collect::<Vec<_>>(),
        "findingsLeftOut": findings.len().saturating_sub(limits.findings),
    })
}

/// How many affected traces began in each of equal intervals of the window.
fn trend(starts: &HashMap<TraceId, Nanos>, findings: &[&Finding]) -> Vec<usize> {
    let times = || starts.values().map(|start| start.as_unix());
    let from = times().min().unwrap_or_default();
    let length = (times().max().unwrap_or_default() - from) / INTERVALS + 1;
    let mut ids: Vec<TraceId> = findings.iter().flat_map(|finding| finding.trace_ids()).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut trend = vec![0; usize::try_from(INTERVALS).unwrap_or_default()];
    for start in ids.iter().filter_map(|id| starts.get(id)) {
        let interval = usize::try_from((start.as_unix() - from) / length).unwrap_or_default();
        if let Some(count) = trend.get_mut(interval) {
            *count += 1;
        }
    }
    trend
}

/// A finding with the spans of one trace.
fn finding_about(finding: &Finding, id: TraceId, limits: Limits) -> Value {
    let others = finding.trace_ids().into_iter().filter(|other| *other != id);
    let others: Vec<String> = others.take(MAX_OTHERS).map(|id| id.to_string()).collect();
    let mut own = finding.clone();
    own.spans.retain(|span| span.trace_id == id);
    own.joins.retain(|join| join.caller.trace_id == id || join.callee.trace_id == id);
    let mut json = json_within(own, limits);
    json["otherTraceIds"] = json!(others);
    json
}

fn json_within(mut finding: Finding, limits: Limits) -> Value {
    finding.spans.truncate(limits.spans);
    finding.joins.truncate(limits.spans);
    ::doctor::json::finding(&finding)
}
