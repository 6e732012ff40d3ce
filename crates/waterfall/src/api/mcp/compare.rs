//! `compare`: what differs between two traces.

use rmcp::model::CallToolResult;
use trace_model::TraceId;
use trace_text::{View, compare, duration};

use super::{
    answer::{Answer, ToolError, count},
    tools::Compare,
    traces::{Traces, trace_id},
};

const MAX_LINES: usize = 50;

pub(super) async fn run(traces: &Traces, arguments: Compare) -> Result<CallToolResult, ToolError> {
    let [first, second] = [trace_id(&arguments.first)?, trace_id(&arguments.second)?];
    let views = (traces.view(first).await?, traces.view(second).await?);
    let differences = compare(&views.0, &views.1, MAX_LINES);
    let answer = Answer::default()
        .line(&summary("First", traces, first, &views.0))
        .line(&summary("Second", traces, second, &views.1));
    if differences.is_empty() {
        return Ok(answer.line("No call path differs in spans, self time or errors.").finish());
    }
    let answer = answer.line("Call paths that differ, first → second:");
    Ok(answer.data(&differences).finish())
}

fn summary(which: &str, traces: &Traces, id: TraceId, view: &View) -> String {
    format!(
        "{which}: {} {}, {}, {}",
        traces.link(id),
        duration(view.duration),
        count(view.spans() as u64, "span"),
        count(view.errors() as u64, "error")
    )
}
