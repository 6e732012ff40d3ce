//! `cruddur mcp`: the Model Context Protocol on standard input and output.
//!
//! The protocol is served here, so that an agent can start this command before the waterfall runs. Each call of a tool is sent to
//! `POST /mcp` of the waterfall. Standard output has nothing but messages.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use rmcp::ServiceExt as _;
use rmcp::model::{CallToolRequestParams, CallToolResult, ContentBlock};
use serde_json::json;
use waterfall::mcp::{Server, Tools};

use crate::cli::Mcp;
use crate::client::{TraceApi, client};

/// The tools of a waterfall.
struct RemoteTools {
    client: reqwest::Client,
    url: String,
}

/// Serves until standard input is closed.
pub(crate) async fn run(mcp: Mcp) -> anyhow::Result<ExitCode> {
    let tools = RemoteTools { client: client()?, url: mcp.waterfall.url };
    let transport = (tokio::io::stdin(), tokio::io::stdout());
    let running =
        Server(tools).serve(transport).await.context("the agent did not begin with an initialization")?;
    running.waiting().await.context("the connection to the agent broke")?;
    Ok(ExitCode::SUCCESS)
}

impl Tools for RemoteTools {
    async fn call(&self, call: CallToolRequestParams) -> CallToolResult {
        self.send(&call)
            .await
            .unwrap_or_else(|error| CallToolResult::error(vec![ContentBlock::text(format!("{error:#}"))]))
    }
}

impl RemoteTools {
    async fn send(&self, call: &CallToolRequestParams) -> anyhow::Result<CallToolResult> {
        let params = json!({ "name": call.name, "arguments": call.arguments.clone().unwrap_or_default() });
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        let mut answer = TraceApi::new(&self.client, &self.url)?.post_mcp(&message).await?;
        if let Some(message) = answer["error"]["message"].as_str() {
            bail!("the waterfall at {} refused the call: {message}", self.url);
        }
        let mut result: CallToolResult =
            serde_json::from_value(answer["result"].take()).with_context(|| {
                format!("the waterfall at {} answered with something else than a result", self.url)
            })?;
        // An older version of the protocol omits it.
        result.result_type = CallToolResult::success(Vec::new()).result_type;
        Ok(result)
    }
}
