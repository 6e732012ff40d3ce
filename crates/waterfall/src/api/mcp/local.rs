//! Calls the tools on the traces of this process.

use rmcp::model::{CallToolRequestParams, CallToolResult};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{
    answer::ToolError, compare, diagnose, hops, search_traces, server::Tools, tools, trace_outline,
    traces::Traces,
};

#[derive(Debug, Clone)]
pub(super) struct LocalTools(pub(super) Traces);

impl Tools for LocalTools {
    async fn call(&self, call: CallToolRequestParams) -> CallToolResult {
        let arguments = call.arguments.unwrap_or_default();
        let outcome = match &*call.name {
            tools::SEARCH_TRACES => run(arguments, async |it| search_traces::run(&self.0, it).await).await,
            tools::TRACE_OUTLINE => run(arguments, async |it| trace_outline::run(&self.0, it).await).await,
            tools::DIAGNOSE => run(arguments, async |it| diagnose::run(&self.0, it).await).await,
            tools::HOPS => run(arguments, async |it| hops::run(&self.0, it).await).await,
            tools::COMPARE => run(arguments, async |it| compare::run(&self.0, it).await).await,
            name => Err(ToolError(format!("there is no tool {name:?}"))),
        };
        outcome.unwrap_or_else(CallToolResult::from)
    }
}

async fn run<A: DeserializeOwned>(
    arguments: Map<String, Value>,
    tool: impl AsyncFnOnce(A) -> Result<CallToolResult, ToolError>,
) -> Result<CallToolResult, ToolError> {
    match serde_json::from_value(Value::Object(arguments)) {
        Ok(arguments) => tool(arguments).await,
        Err(cause) => Err(ToolError(format!("wrong arguments: {cause}; the tool's input schema lists them"))),
    }
}
