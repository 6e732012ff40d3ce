//! The response to a handler that panics.

use problem::call::send;
use serde_json::Value;

use crate::fixture::{server, short_limits};

#[tokio::test]
async fn the_typed_client_reads_the_problem_of_a_panic() {
    let url = format!("http://{}/panic", server(short_limits()));
    let client = service::client::build(testkit::DEADLINE).unwrap();
    let error = send::<Value>(client.get(&url)).await.unwrap_err();
    let problem = error.problem().unwrap_or_else(|| panic!("not a problem: {error:?}"));
    assert_eq!((problem.status().as_u16(), problem.code()), (500, "internal_error"));
    assert!(problem.trace_id().is_some_and(|id| id.len() == 32), "{problem:?}");
}

#[tokio::test]
async fn the_problem_of_a_panic_has_the_trace_id_and_not_the_message() {
    let url = format!("http://{}/panic", server(short_limits()));
    let response = reqwest::get(&url).await.unwrap();
    let traceresponse = response.headers()["traceresponse"].to_str().unwrap().to_owned();
    let body = response.text().await.unwrap();
    assert!(!body.contains("secret"), "{body}");
    let json: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(json["trace_id"], traceresponse[3..35], "{body}");
}
