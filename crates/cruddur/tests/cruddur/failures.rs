//! What is seen from outside, and in the trace, while something inside is down, slow or killed.

use std::time::{Duration, Instant};

use serde_json::Value;
use testkit::{Sink, TraceResponse};

use crate::system::{HOME, System, traceresponse};

/// What is promised for the feed while users is down or slow.
const PROMISED: Duration = Duration::from_secs(1);

async fn partial_feed(system: &System) -> TraceResponse {
    let start = Instant::now();
    let answer = system.get(HOME).await;
    let took = start.elapsed();
    let response = TraceResponse::parse(&traceresponse(&answer));
    assert_eq!(answer.status(), 200);
    let feed: Value = answer.json().await.unwrap();
    assert!(took < PROMISED, "it took {took:?}");
    assert_eq!(feed["partial"], true, "{feed}");
    let activities = feed["activities"].as_array().unwrap();
    assert_eq!(activities.len(), 3, "{feed}");
    assert!(activities.iter().all(|activity| activity["display_name"].is_null()), "{feed}");
    response
}

#[tokio::test]
async fn with_users_down_the_feed_is_partial_and_the_trace_says_why() {
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
    let system = System::exporting_to(&sink).await;
    system.get(HOME).await;
    let response = {
        let _hanging = system.suspend("users");
        partial_feed(&system).await
    };
    let late = "the calls that were given up";
    let trace = sink
        .trace_when(&response.trace_id, late, |trace| {
            trace.spans().iter().any(|span| span.service == "activities" && span.status == "error")
                && !trace.all("gateway [server] GET /api/activities/home").is_empty()
        })
        .await;
    for span in trace.spans().iter().filter(|span| span.status == "error") {
        span.assert("error.type", "timeout");
    }
}

#[tokio::test]
async fn with_activities_down_the_feed_is_a_503_problem_in_an_error_span() {
    let sink = Sink::start();
    let mut system = System::exporting_to(&sink).await;
    system.kill("activities").await;
    let answer = system.get(HOME).await;
    let response = TraceResponse::parse(&traceresponse(&answer));
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(
        (&problem["status"], &problem["code"]),
        (&503.into(), &"activities_unavailable".into()),
        "{problem}"
    );
    assert!(!problem.to_string().contains("127.0.0.1"), "an inner message: {problem}");
    system.process.terminate().await;
    let trace = sink.trace_now(&response.trace_id);
    let root = trace.assert_one_linked_trace().only("gateway [server] GET /api/activities/home");
    root.assert("http.response.status_code", 503).assert("error.type", "503");
    assert_eq!(root.status, "error");
}

#[tokio::test]
async fn a_part_that_is_killed_is_reported_and_the_rest_goes_on() {
    let mut system = System::start().await;
    system.kill("waterfall").await;
    assert_eq!(system.get(HOME).await.status(), 200);
    let log = system.process.log();
    assert!(log.contains("waterfall has ended (signal: 9 (SIGKILL)); the rest goes on"), "{log}");
    assert!(log.contains("WATERFALL_OTLP_HTTP_ADDR=127.0.0.1:"), "how to start it again: {log}");
    assert!(system.process.terminate().await.status.success());
}
