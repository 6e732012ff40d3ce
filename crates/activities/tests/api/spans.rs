//! Spans of requests to activities.

use jiff::Timestamp;
use testkit::{Response, Trace, Value, send};

use crate::fixture::{AppBuilder, SAMPLE_ACTIVITY, TestApp};

const FEED: &str = "activities [internal] home-activities";

async fn trace(app: &TestApp, response: &Response) -> Trace {
    app.sink.trace_of(response.traceresponse().expect("every response has a traceresponse")).await
}

#[tokio::test]
async fn home_feed_is_one_statement_and_one_call() {
    let app = AppBuilder::on_sqlite().start().await;
    let trace = trace(&app, &app.get("/activities/home").await).await;
    trace.assert_one_linked_trace().assert_tree(
        "activities [server] GET /activities/home
           activities [internal] home-activities
             activities [client] SELECT activities
             activities [client] GET",
    );
    let feed = trace.only(FEED);
    feed.assert("app.result_length", 3);
    let now = feed.attribute("app.now").and_then(Value::as_str).expect("app.now is a string");
    assert!(now.ends_with('Z') && now.parse::<Timestamp>().is_ok(), "{now}");
    trace
        .only("activities [client] SELECT activities")
        .assert("db.system.name", "sqlite")
        .assert("db.namespace", "activities.db")
        .assert("db.response.returned_rows", 3);
    let requested = app.users.requests();
    let parent = requested[0].header("traceparent").expect("the trace is propagated to users");
    let call = trace.only("activities [client] GET");
    assert!(parent.starts_with(&format!("00-{}-{}-", call.trace_id, call.span_id)), "{parent}");
}

#[tokio::test]
async fn trace_of_the_caller_is_continued() {
    let app = AppBuilder::on_sqlite().start().await;
    let caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    send(app.request("GET", "/activities/home").header("traceparent", caller)).await;
    let trace = app.sink.trace("0af7651916cd43dd8448eb211c80319c").await;
    trace.assert_one_linked_trace_under(Some("b7ad6b7169203331"));
    assert_eq!(trace.spans().len(), 4);
}

#[tokio::test]
async fn empty_feed_calls_no_service() {
    let app = AppBuilder::on_sqlite().start().await;
    app.execute("DELETE FROM activities").await;
    let trace = trace(&app, &app.get("/activities/home").await).await;
    trace.only(FEED).assert("app.result_length", 0);
    trace.assert_tree(
        "activities [server] GET /activities/home
           activities [internal] home-activities
             activities [client] SELECT activities",
    );
}

#[tokio::test]
async fn failed_attempts_to_call_users_do_not_fail_the_server_span() {
    let app = AppBuilder::on_sqlite().start().await;
    app.users.down();
    let trace = trace(&app, &app.get("/activities/home").await).await;
    let attempts = trace.all("activities [client] GET");
    assert_eq!(attempts.len(), 3);
    assert!(attempts.iter().all(|attempt| attempt.status == "error"));
    assert_eq!(trace.only(FEED).status, "unset");
    trace.only("activities [server] GET /activities/home").assert("http.response.status_code", 200);
}

#[tokio::test]
async fn post_and_its_author_lookup_are_one_trace() {
    let app = AppBuilder::on_sqlite().start().await;
    let posted = app.reply(SAMPLE_ACTIVITY, "garek", "Ask @worf").await;
    trace(&app, &posted).await.assert_one_linked_trace().assert_tree(
        "activities [server] POST /activities/{uuid}/reply
           activities [client] GET
           activities [client] UPDATE activities
           activities [client] INSERT replies
           activities [producer] send notifications
             activities [client] INSERT outbox
             activities [client] INSERT outbox",
    );
}

#[tokio::test]
async fn messages_are_not_recorded_in_spans() {
    let mut app = AppBuilder::on_sqlite().start().await;
    app.post_activity("worf", "a secret message").await;
    app.get("/activities/by/worf").await;
    app.activities.terminate().await;
    for span in app.sink.spans() {
        assert!(!span.describe().contains("a secret message"), "{}", span.describe());
    }
}
