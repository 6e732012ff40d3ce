//! `trace_outline`: one trace as text.

use rmcp::model::CallToolResult;
use trace_text::{duration, outline};

use super::{
    answer::{Answer, ToolError, count},
    tools::TraceOutline,
    traces::{Traces, trace_id},
};

const DEFAULT_ROWS: usize = 100;
const MAX_ROWS: usize = 400;

pub(super) async fn run(traces: &Traces, arguments: TraceOutline) -> Result<CallToolResult, ToolError> {
    let id = trace_id(&arguments.trace_id)?;
    let view = traces.view(id).await?;
    let outline = outline(&view.rows, arguments.max_rows.unwrap_or(DEFAULT_ROWS).clamp(1, MAX_ROWS));
    let answer = Answer::default()
        .line(&format!(
            "Trace {id}: {}, {}, {}, {}, {}",
            duration(view.duration),
            count(view.spans() as u64, "span"),
            count(view.services() as u64, "service"),
            count(view.errors() as u64, "error"),
            count(view.missing_parents.len() as u64, "missing parent"),
        ))
        .line(&format!("Page: {} (a span: add ?span=SPAN_ID)", traces.link(id)))
        .line(&format!("{} of {} rows: duration, start in the trace, span id", outline.shown, outline.of));
    let mut text = outline.text;
    for finding in &view.findings {
        text.push_str(&finding.bounded());
        text.push('\n');
    }
    Ok(answer.data(&text).finish())
}
