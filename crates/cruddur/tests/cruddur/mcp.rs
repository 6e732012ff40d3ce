//! `cruddur mcp`: the official client of the Model Context Protocol on the command's standard input and output.

use std::process::Stdio;

use rmcp::model::CallToolRequestParams;
use rmcp::service::RunningService;
use rmcp::{RoleClient, ServiceExt as _};
use serde_json::json;
use testkit::TraceResponse;
use tokio::process::{Child, Command};

use crate::system::{HOME, System, traceresponse, up};

const TOKEN: (&str, &str) = ("WATERFALL_READ_TOKEN", "read-0123456789abcdef");

async fn agent(waterfall: &str, token: Option<&str>) -> (RunningService<RoleClient, ()>, Child) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cruddur"));
    command.arg("mcp").arg("--waterfall").arg(waterfall).env_remove(TOKEN.0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    if let Some(token) = token {
        command.env(TOKEN.0, token);
    }
    let mut child = command.spawn().unwrap();
    let transport = (child.stdout.take().unwrap(), child.stdin.take().unwrap());
    (().serve(transport).await.unwrap(), child)
}

/// The text of a call's result, and whether it is an error.
async fn call(agent: &RunningService<RoleClient, ()>, call: CallToolRequestParams) -> (String, bool) {
    let result = agent.call_tool(call).await.unwrap();
    let text = result.content.iter().filter_map(|block| block.as_text()).map(|text| text.text.as_str());
    (text.collect(), result.is_error == Some(true))
}

#[tokio::test]
async fn an_agent_reads_the_trace_of_a_request() {
    let system = System::of(up().env(TOKEN.0, TOKEN.1)).await;
    let id = TraceResponse::parse(&traceresponse(&system.get(HOME).await)).trace_id;
    let waterfall = system.process.ready("waterfall");
    let (agent, mut child) = agent(waterfall, Some(TOKEN.1)).await;
    let tools = agent.list_all_tools().await.unwrap();
    assert_eq!(tools.len(), 5);
    let outline = || {
        let arguments = json!({ "trace_id": id }).as_object().unwrap().clone();
        call(&agent, CallToolRequestParams::new("trace_outline").with_arguments(arguments))
    };
    let deadline = std::time::Instant::now() + testkit::DEADLINE;
    let mut text = outline().await.0;
    while !text.contains("11 spans, 3 services") {
        assert!(std::time::Instant::now() < deadline, "{text}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        text = outline().await.0;
    }
    assert!(text.contains(&format!("{waterfall}/trace/{id}")), "{text}");
    assert!(text.contains("users [client] SELECT users"), "{text}");
    agent.cancel().await.unwrap();
    let exit = tokio::time::timeout(testkit::DEADLINE, child.wait()).await.unwrap().unwrap();
    assert!(exit.success(), "the command ends when standard input is closed: {exit}");
}

#[tokio::test]
async fn an_agent_that_starts_before_the_waterfall_learns_what_to_do() {
    let (agent, _child) = agent("http://127.0.0.1:1", None).await;
    assert_eq!(agent.list_all_tools().await.unwrap().len(), 5);
    let (text, is_error) = call(&agent, CallToolRequestParams::new("hops")).await;
    assert!(is_error && text.contains("no waterfall listens at http://127.0.0.1:1"), "{text}");
    assert!(text.contains("--waterfall URL"), "{text}");
}

#[tokio::test]
async fn a_missing_token_is_named() {
    let system = System::of(up().env(TOKEN.0, TOKEN.1)).await;
    let (agent, _child) = agent(system.process.ready("waterfall"), None).await;
    let (text, is_error) = call(&agent, CallToolRequestParams::new("diagnose")).await;
    assert!(is_error && text.contains("set WATERFALL_READ_TOKEN"), "{text}");
}
