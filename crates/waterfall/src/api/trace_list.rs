//! `GET /api/ui/traces`: list of traces, newest first, and search.

use std::{cmp::Reverse, sync::Arc};

use actix_web::{HttpResponse, http::StatusCode, web};
use serde::{Deserialize, Serialize};
use trace_model::{Nanos, TraceId};
use trace_store::{Query, TraceSummary};

use super::{
    completion::utf16_offset, json_number::clamp_to_safe, judged_rows::LateWorkJson, list_verdicts,
    state::State, trace_verdict::TraceVerdict,
};
use crate::error_response::{error, interrupted, with_message};

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 5_000;
/// Services that are named of each trace, in the order of their first span. The others are counted.
const MAX_SERVICES: usize = 50;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/api/ui/traces").get(list));
}

#[derive(Deserialize)]
struct ListQuery {
    limit: Option<usize>,
    /// Text query, see [`trace_store::query`].
    q: Option<String>,
    /// Earliest and latest start of the trace, in nanoseconds since 1970.
    from: Option<u64>,
    to: Option<u64>,
    /// Cursor from an earlier response to the same query.
    older: Option<String>,
}

#[derive(Serialize)]
struct ListJson {
    traces: Vec<SummaryJson>,
    /// There may be further traces: one search reads a limited amount of data.
    more: bool,
    /// Cursor of the next page, for the parameter `older`.
    older: Option<String>,
    /// Start of the trace at the cursor, in nanoseconds since 1970.
    reached_unix_nano: Option<String>,
    /// Number of traces that were examined.
    searched: u64,
}

/// A syntax error in a query.
#[derive(Serialize)]
struct QueryErrorJson {
    error: String,
    /// Position in the text, in UTF-16 code units.
    at: usize,
}

#[derive(Serialize)]
struct SummaryJson {
    trace_id: TraceId,
    version: u64,
    root_service: Arc<str>,
    root_name: Arc<str>,
    start_unix_nano: String,
    duration: u64,
    spans: u64,
    errors: u64,
    services: Vec<ServiceJson>,
    #[serde(skip_serializing_if = "is_zero")]
    services_left_out: usize,
    /// Parents that were not received. With a verdict a caller outside is not among them.
    missing: u64,
    status_code: Option<u16>,
    /// Left out of a trace that was not analysed yet.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    verdict: Option<VerdictJson>,
}

/// What the trace's analysis says, as on the trace's own page.
#[derive(Serialize)]
struct VerdictJson {
    /// An error reached the root.
    failed: bool,
    /// Errors that were handled.
    handled: usize,
    /// Errors of work that no caller waited for.
    background: usize,
    /// The request came from outside this system.
    outside: bool,
    /// The duration by one clock; left out unless clocks likely differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    likely_duration: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    late_work: Option<LateWorkJson>,
}

impl From<TraceVerdict> for VerdictJson {
    fn from(verdict: TraceVerdict) -> Self {
        let TraceVerdict {
            has_failed, handled, background, is_from_outside, likely_duration, late_work, ..
        } = verdict;
        let likely_duration = likely_duration.map(clamp_to_safe);
        Self { failed: has_failed, handled, background, outside: is_from_outside, likely_duration, late_work }
    }
}

#[derive(Serialize)]
struct ServiceJson {
    name: Arc<str>,
    spans: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl SummaryJson {
    fn new(summary: &TraceSummary, verdict: Option<TraceVerdict>) -> Self {
        let services = summary.services.iter().take(MAX_SERVICES);
        Self {
            trace_id: summary.trace_id,
            version: summary.version,
            root_service: summary.root_service.clone(),
            root_name: summary.root_name.clone(),
            start_unix_nano: summary.start.to_string(),
            duration: clamp_to_safe(summary.duration),
            spans: summary.spans,
            errors: summary.errors,
            services: services.map(|s| ServiceJson { name: s.name.clone(), spans: s.spans }).collect(),
            services_left_out: summary.services.len().saturating_sub(MAX_SERVICES),
            missing: verdict.map_or(summary.missing_parents, |verdict| verdict.missing as u64),
            status_code: summary.status_code,
            verdict: verdict.map(VerdictJson::from),
        }
    }
}

async fn list(state: web::Data<State>, parameters: Option<web::Query<ListQuery>>) -> HttpResponse {
    let Some(web::Query(parameters)) = parameters else {
        return error(StatusCode::BAD_REQUEST, "limit, from and to must be whole numbers");
    };
    let text = parameters.q.as_deref().unwrap_or_default();
    let mut query = match Query::parse(text) {
        Ok(query) => query,
        Err(cause) => {
            let at = utf16_offset(text, cause.at);
            let message = cause.to_string();
            let body = QueryErrorJson { error: message.clone(), at };
            return with_message(HttpResponse::BadRequest().json(body), &message);
        }
    };
    query.from = parameters.from.map_or(query.from, |from| query.from.max(Nanos::from_unix(from)));
    query.to = parameters.to.map_or(query.to, |to| query.to.min(Nanos::from_unix(to)));
    let Ok(cursor) = parameters.older.as_deref().map(str::parse).transpose() else {
        return error(
            StatusCode::BAD_REQUEST,
            "older must be the value that an earlier response has in `older`",
        );
    };
    let limit = parameters.limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
    let store = state.store.clone();
    let Ok(mut page) = web::block(move || store.search_from(&query, limit, cursor)).await else {
        return interrupted();
    };
    // The store returns them by arrival, which need not be the order of their starts.
    page.traces.sort_by_key(|summary| Reverse(summary.start));
    let verdicts = list_verdicts::of_listed(&state, &page.traces).await;
    let summary_json =
        |summary: &Arc<TraceSummary>| SummaryJson::new(summary, verdicts.get(&summary.trace_id).copied());
    HttpResponse::Ok().json(ListJson {
        traces: page.traces.iter().map(summary_json).collect(),
        more: page.has_more,
        older: page.next.map(|cursor| cursor.to_string()),
        reached_unix_nano: page.next_start.map(|start| start.to_string()),
        searched: page.searched,
    })
}
