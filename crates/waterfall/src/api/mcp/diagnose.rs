//! `diagnose`: why traces are broken.

use rmcp::model::CallToolResult;
use serde_json::Value;

use super::{
    answer::{Answer, ToolError, count},
    tools::Diagnose,
    traces::{Traces, not_found, trace_id},
};
use crate::api::{
    diagnosis::{Diagnosis, Unavailable},
    doctor::{Limits, overview_json, trace_json},
};

/// An answer is read by a model: examples suffice, and the page has the rest.
const LIMITS: Limits = Limits { findings: 3, spans: 5 };

pub(super) async fn run(traces: &Traces, arguments: Diagnose) -> Result<CallToolResult, ToolError> {
    let Some(text) = &arguments.trace_id else { return of_newest(traces).await };
    let id = trace_id(text)?;
    let diagnosis = match traces.state.diagnostician.around(id, arguments.complete).await {
        Ok(diagnosis) => diagnosis,
        Err(Unavailable::NotFound) => return Err(not_found(id)),
        Err(cause) => return Err(cause.into()),
    };
    let json = trace_json(&diagnosis, id, LIMITS);
    let (findings, missing) = (list(&json, "findings"), list(&json, "missing"));
    let mut answer = Answer::default()
        .line(&format!(
            "{} about trace {id}, compared with {}",
            count(findings.len() as u64, "finding"),
            examined(&diagnosis)
        ))
        .line(&format!("Page: {} (a span: add ?span=SPAN_ID)", traces.link(id)));
    if !json["arriving"].is_null() {
        answer = answer
            .line("Spans may still arrive, so nothing is said yet: ask again after examinedAtUnixNano, or with complete=true.")
            .json_lines([&json["arriving"]]);
    }
    if !missing.is_empty() {
        answer = answer.line("Missing parents, and whether they were in the same process (local):");
        answer = answer.json_lines(missing.iter().take(LIMITS.spans));
    }
    Ok(answer.json_lines_if_any(findings).line(&suppressed(&diagnosis)).finish())
}

async fn of_newest(traces: &Traces) -> Result<CallToolResult, ToolError> {
    let diagnosis = traces.state.diagnostician.of_newest().await?;
    let json = overview_json(&diagnosis, LIMITS);
    let groups = list(&json, "groups");
    let answer = Answer::default()
        .line(&format!(
            "{} in {}, the most severe first",
            count(groups.len() as u64, "cause"),
            examined(&diagnosis)
        ))
        .line(&format!("Page: {}/doctor; a trace: {}/trace/TRACE_ID", traces.page, traces.page));
    Ok(answer.json_lines_if_any(groups).line(&suppressed(&diagnosis)).finish())
}

impl Answer {
    fn json_lines_if_any(self, list: &[Value]) -> Self {
        if list.is_empty() { self.line("Nothing was found.") } else { self.json_lines(list) }
    }
}

fn list<'v>(json: &'v Value, key: &str) -> &'v [Value] {
    json[key].as_array().map_or(&[], Vec::as_slice)
}

fn examined(diagnosis: &Diagnosis) -> String {
    let report = &diagnosis.report;
    let arriving = match report.arriving.len() {
        0 => String::new(),
        arriving => format!("; {arriving} more may still arrive and were not examined"),
    };
    format!(
        "{} ({}){arriving}",
        count(report.traces as u64, "examined trace"),
        count(report.spans as u64, "span")
    )
}

fn suppressed(diagnosis: &Diagnosis) -> String {
    match diagnosis.suppressed {
        0 => "No finding is suppressed.".to_owned(),
        findings => {
            format!("{} suppressed: somebody has accepted it as known.", count(findings as u64, "finding"))
        }
    }
}
