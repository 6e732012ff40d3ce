//! Responses and traces while a part is down, hanging or killed.

use std::time::{Duration, Instant};

use serde_json::Value;
use testkit::{Sink, TraceResponse};

use crate::system::{HOME, System, impatient, traceresponse};

/// Longest response time of the home feed while users is down or hanging.
const FEED_DEADLINE: Duration = Duration::from_secs(1);

async fn partial_feed(system: &System) -> TraceResponse {
    let start = Instant::now();
    let http_response = system.get(HOME).await;
    let took = start.elapsed();
    let response = TraceResponse::parse(&traceresponse(&http_response));
    assert_eq!(http_response.status(), 200);
    let feed: Value = http_response.json().await.unwrap();
    assert!(took < FEED_DEADLINE, "the response took {took:?}");
    assert_eq!(feed["partial"], true, "{feed}");
    let activities = feed["activities"].as_array().unwrap();
    assert_eq!(activities.len(), 3, "{feed}");
    assert!(activities.iter().all(|activity| activity["display_name"].is_null()), "{feed}");
    response
}

#[tokio::test]
async fn with_users_down_the_feed_is_partial_and_its_client_spans_are_errors() {
    let sink = Sink::start();
    let mut system = System::exporting_to(&sink).await;
    system.get(HOME).await;
    system.kill("users").await;
    let response = partial_feed(&system).await;
    system.process.terminate().await;
    let trace = sink.trace_now(&response.trace_id);
    trace.assert_one_linked_trace();
    let root = trace.only("gateway [server] GET /api/activities/home");
    root.assert("http.response.status_code", 200);
    let failed: Vec<_> = trace.spans().iter().filter(|span| span.status == "error").collect();
    assert!(!failed.is_empty(), "{trace}");
    for span in failed {
        assert_eq!(span.kind, "client", "{}", span.describe());
        span.assert("error.type", "connect");
    }
}

#[tokio::test]
async fn with_users_hanging_the_feed_is_partial_within_a_second() {
    let sink = Sink::start();
    let system = System::of(impatient().exporting_to(&sink)).await;
    system.get(HOME).await;
    let response = {
        let _hanging = system.suspend("users");
        partial_feed(&system).await
    };
    let late = "the spans of the calls that timed out";
    let trace = sink
        .trace_when(&response.trace_id, late, |trace| {
            trace.spans().iter().any(|span| span.service == "activities" && span.status == "error")
                && !trace.all("gateway [server] GET /api/activities/home").is_empty()
        })
        .await;
    for span in trace.spans().iter().filter(|span| span.status == "error") {
        // Once it runs again, users finds that its callers have gone.
        span.assert("error.type", if span.service == "users" { "cancelled" } else { "timeout" });
    }
}

#[tokio::test]
async fn with_activities_down_the_feed_is_a_503_and_the_server_span_is_an_error() {
    let sink = Sink::start();
    let mut system = System::exporting_to(&sink).await;
    system.kill("activities").await;
    let http_response = system.get(HOME).await;
    let response = TraceResponse::parse(&traceresponse(&http_response));
    assert_eq!(http_response.status(), 503);
    assert_eq!(http_response.headers()["content-type"], "application/problem+json");
    let problem: Value = http_response.json().await.unwrap();
    assert_eq!(
        (&problem["status"], &problem["code"]),
        (&503.into(), &"activities_unavailable".into()),
        "{problem}"
    );
    assert!(!problem.to_string().contains("127.0.0.1"), "internal details: {problem}");
    system.process.terminate().await;
    let trace = sink.trace_now(&response.trace_id);
    let root = trace.assert_one_linked_trace().only("gateway [server] GET /api/activities/home");
    root.assert("http.response.status_code", 503).assert("error.type", "503");
    assert_eq!(root.status, "error");
}

#[tokio::test]
async fn a_killed_part_is_reported_and_the_others_keep_running() {
    let mut system = System::start().await;
    system.kill("waterfall").await;
    assert_eq!(system.get(HOME).await.status(), 200);
    let log = system.process.log();
    assert!(log.contains("waterfall has ended (signal: 9 (SIGKILL)); the other parts keep running"), "{log}");
    assert!(log.contains("WATERFALL_OTLP_HTTP_ADDR=127.0.0.1:"), "the restart command: {log}");
    assert!(system.process.terminate().await.status.success());
}
