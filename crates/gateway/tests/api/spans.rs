//! Spans of requests to the gateway.

use serde_json::json;
use testkit::{Response, TraceResponse};

use crate::fixture::{SAMPLE_ACTIVITY, TestApp, send};

#[tokio::test]
async fn home_feed_calls_both_services_under_the_server_span() {
    let app = TestApp::start().await;
    let response = app.get("/api/activities/home").await;
    let trace = app.sink.trace_of(response.header("traceresponse")).await;
    trace.assert_one_linked_trace().assert_tree(
        "gateway [server] GET /api/activities/home
           gateway [client] GET
           gateway [client] GET",
    );
    for (backend, path) in [(&app.activities, "/activities/home"), (&app.users, "/users/andrewbrown")] {
        let calls = trace.all("gateway [client] GET");
        let url = format!("{}{path}", backend.url());
        let call = calls.iter().find(|call| call.attribute("url.full") == Some(&url.as_str().into()));
        let call = call.unwrap_or_else(|| panic!("no call of {url} in\n{trace}"));
        let sent = backend.requests()[0].header("traceparent").map(str::to_owned).unwrap_or_default();
        assert_eq!(sent.get(3..35), Some(call.trace_id.as_str()));
        assert_eq!(sent.get(36..52), Some(call.span_id.as_str()));
    }
}

#[tokio::test]
async fn trace_of_the_caller_is_continued() {
    let app = TestApp::start().await;
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let response = send(app.request("GET", "/api/users/@worf/short").header("traceparent", parent)).await;
    assert_eq!(
        TraceResponse::parse(response.header("traceresponse")).trace_id,
        "0af7651916cd43dd8448eb211c80319c"
    );
    let trace = app.sink.trace_of(response.header("traceresponse")).await;
    trace.assert_one_linked_trace_under(Some("b7ad6b7169203331"));
}

#[tokio::test]
async fn server_spans_are_named_by_route_template() {
    let app = TestApp::start().await;
    let uuid = format!("/api/activities/{SAMPLE_ACTIVITY}");
    let responses: Vec<(Response, &str)> = vec![
        (app.get("/").await, "GET /"),
        (app.get("/openapi.json").await, "GET /openapi.json"),
        (app.get("/api/health-check").await, "GET /api/health-check"),
        (app.get("/api/activities/notifications").await, "GET /api/activities/notifications"),
        (app.get("/api/activities/search?term=x").await, "GET /api/activities/search"),
        (app.get("/api/activities/@worf").await, "GET /api/activities/@{handle}"),
        (app.get("/api/activities/@").await, "GET /api/activities/@{handle}"),
        (app.get(&uuid).await, "GET /api/activities/{uuid}"),
        (app.get("/api/users/@worf/short").await, "GET /api/users/@{handle}/short"),
        (app.post("/api/activities", &json!({})).await, "POST /api/activities"),
        (app.post(&format!("{uuid}/reply"), &json!({})).await, "POST /api/activities/{uuid}/reply"),
        (app.post(&format!("{uuid}/like"), &json!({})).await, "POST /api/activities/{uuid}/like"),
        (app.post("/api/profile/update", &json!({})).await, "POST /api/profile/update"),
        (app.get("/nothing/here").await, "GET"),
    ];
    for (response, name) in responses {
        let trace = app.sink.trace_of(response.header("traceresponse")).await;
        trace.assert_one_linked_trace();
        let root = trace.only(&format!("gateway [server] {name}"));
        root.assert("http.response.status_code", response.status);
    }
}

#[tokio::test]
async fn each_attempt_is_a_client_span_and_the_server_span_fails() {
    let app = TestApp::start().await;
    app.activities.respond_with(|_| crate::fixture::problem(503, "overloaded"));
    let response = app.get(&format!("/api/activities/{SAMPLE_ACTIVITY}")).await;
    let trace = app.sink.trace_of(response.header("traceresponse")).await;
    trace.assert_tree(
        "gateway [server] GET /api/activities/{uuid}
           gateway [client] GET
           gateway [client] GET
           gateway [client] GET",
    );
    let root = trace.only("gateway [server] GET /api/activities/{uuid}");
    root.assert("error.type", "503");
    assert_eq!(root.status, "error");
    let resent: Vec<_> = trace
        .all("gateway [client] GET")
        .into_iter()
        .map(|call| call.attribute("http.request.resend_count").cloned())
        .collect();
    assert_eq!(resent, [None, Some(1.into()), Some(2.into())]);
}

#[tokio::test]
async fn client_error_of_a_backend_leaves_the_server_span_unset() {
    let app = TestApp::start().await;
    let response = app.get("/api/users/@nobody/short").await;
    let trace = app.sink.trace_of(response.header("traceresponse")).await;
    let root = trace.only("gateway [server] GET /api/users/@{handle}/short");
    assert_eq!((response.status, root.status), (404, "unset"));
    root.assert_without("error.type");
    let events: Vec<&str> = root.events.iter().map(|event| &*event.name).collect();
    assert_eq!(events, ["exception"], "it says why: {}", root.describe());
}
