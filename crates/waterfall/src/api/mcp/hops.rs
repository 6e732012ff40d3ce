//! `hops`: how often the context arrived, services by services.

use doctor::HopCount;
use rmcp::model::CallToolResult;
use serde_json::Value;

use super::{
    answer::{Answer, ToolError, count},
    tools::Hops,
    traces::Traces,
};

/// Pairs of services in one answer, those that lost most first.
const MAX_HOPS: usize = 50;

pub(super) async fn run(traces: &Traces, arguments: Hops) -> Result<CallToolResult, ToolError> {
    let diagnosis = traces.state.diagnostician.of_newest().await?;
    let is_asked = |hop: &&HopCount| {
        arguments.service.as_ref().is_none_or(|service| *service == hop.from || *service == hop.to)
    };
    let mut hops: Vec<&HopCount> = diagnosis.report.hops.iter().filter(is_asked).collect();
    hops.sort_by_key(|hop| std::cmp::Reverse((hop.lost, hop.unknown)));
    let answer = Answer::default()
        .line(&format!(
            "{} of services in {}, those with most lost calls first; at most {MAX_HOPS} are shown",
            count(hops.len() as u64, "pair"),
            count(diagnosis.report.traces as u64, "examined trace")
        ))
        .line(&format!("Page: {}/doctor; a trace: {}/trace/TRACE_ID", traces.page, traces.page));
    if hops.is_empty() {
        return Ok(answer
            .line("No calls. A trace is examined ten seconds after its last span arrived, or later where services export slowly.")
            .finish());
    }
    let shown: Vec<Value> = hops.into_iter().take(MAX_HOPS).map(doctor::json::hop).collect();
    Ok(answer.json_lines(&shown).finish())
}
