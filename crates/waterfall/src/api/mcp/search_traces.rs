//! `search_traces`: the traces that match a query.

use std::{cmp::Reverse, fmt::Write as _};

use actix_web::web;
use rmcp::model::CallToolResult;
use trace_model::Nanos;
use trace_store::{Query, TraceSummary};
use trace_text::{
    duration,
    text::{sanitize, truncate},
};

use super::{
    answer::{Answer, ToolError, count},
    tools::SearchTraces,
    traces::Traces,
};
use crate::error_response::INTERRUPTED;

const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 50;
/// Columns of the root's service and name.
const MAX_ROOT: usize = 120;
/// Services of one trace that are named.
const MAX_SERVICES: usize = 8;

pub(super) async fn run(traces: &Traces, arguments: SearchTraces) -> Result<CallToolResult, ToolError> {
    let query = Query::parse(&arguments.query).map_err(|cause| {
        let text = truncate(&sanitize(&arguments.query), MAX_ROOT);
        ToolError(format!(
            "the query {text:?} is wrong: {cause}; the description of search_traces has fields and operators"
        ))
    })?;
    let cursor = arguments.older.as_deref().filter(|cursor| !cursor.is_empty()).map(str::parse).transpose();
    let cursor =
        cursor.map_err(|_| ToolError("older must be the cursor that an earlier answer named".to_owned()))?;
    let limit = arguments.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
    let store = traces.state.store.clone();
    let search = web::block(move || store.search_from(&query, limit, cursor)).await;
    let mut page = search.map_err(|_| ToolError(INTERRUPTED.to_owned()))?;
    page.traces.sort_by_key(|summary| Reverse(summary.start));
    let answer = Answer::default().line(&format!(
        "{} match of {} that were searched, newest first. Page of a trace: {}/trace/TRACE_ID",
        count(page.traces.len() as u64, "trace"),
        page.searched,
        traces.page
    ));
    let answer = match page.next {
        Some(cursor) => answer.line(&format!(
            "There may be more: search again with older={cursor:?}",
            cursor = cursor.to_string()
        )),
        None => answer,
    };
    if page.traces.is_empty() {
        return Ok(answer.line("Nothing matches. An empty query lists the newest traces.").finish());
    }
    let lines: Vec<String> = page.traces.iter().map(|summary| line(summary)).collect();
    Ok(answer.data(&lines.join("\n")).finish())
}

/// `4bf9.. · 2026-11-24T13:00:00.123Z · 12.3 ms · gateway GET /home 200 · 11 spans of gateway, users · 1 error`
fn line(summary: &TraceSummary) -> String {
    let root = format!("{} {}", summary.root_service, summary.root_name);
    let mut text = format!(
        "{} · {} · {} · {}",
        summary.trace_id,
        time(summary.start),
        duration(summary.duration),
        truncate(&sanitize(&root), MAX_ROOT)
    );
    if let Some(status) = summary.status_code {
        let _ = write!(text, " {status}");
    }
    let named: Vec<&str> = summary.services.iter().take(MAX_SERVICES).map(|service| &*service.name).collect();
    let services = truncate(&sanitize(&named.join(", ")), MAX_ROOT);
    let _ = write!(text, " · {} of {services}", count(summary.spans, "span"));
    for (number, what) in [(summary.errors, "error"), (summary.missing_parents, "missing parent")] {
        if number > 0 {
            let _ = write!(text, " · {}", count(number, what));
        }
    }
    text
}

/// UTC, in milliseconds.
fn time(time: Nanos) -> String {
    let timestamp = jiff::Timestamp::from_nanosecond(time.as_unix().into()).unwrap_or_default();
    timestamp.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
