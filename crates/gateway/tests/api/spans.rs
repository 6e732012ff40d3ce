//! The gateway's part of a trace.

use serde_json::json;
use testkit::TraceResponse;

use crate::fixture::{ACTIVITY, Answer, World, send};

#[tokio::test]
async fn the_home_feed_calls_both_services_under_its_own_span() {
    let world = World::start().await;
    let answer = world.get("/api/activities/home").await;
    let trace = world.sink.trace_of(answer.header("traceresponse")).await;
    trace.assert_one_linked_trace().assert_tree(
        "gateway [server] GET /api/activities/home
           gateway [client] GET
           gateway [client] GET",
    );
    for (peer, path) in [(&world.activities, "/activities/home"), (&world.users, "/users/andrewbrown")] {
        let calls = trace.all("gateway [client] GET");
        let url = format!("{}{path}", peer.url());
        let call = calls.iter().find(|call| call.attribute("url.full") == Some(&url.as_str().into()));
        let call = call.unwrap_or_else(|| panic!("no call of {url} in\n{trace}"));
        let sent = peer.requests()[0].header("traceparent").map(str::to_owned).unwrap_or_default();
        assert_eq!(sent.get(3..35), Some(call.trace_id.as_str()));
        assert_eq!(sent.get(36..52), Some(call.span_id.as_str()));
    }
}

#[tokio::test]
async fn the_trace_of_the_caller_goes_on() {
    let world = World::start().await;
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let answer = send(world.request("GET", "/api/users/@worf/short").header("traceparent", parent)).await;
    assert_eq!(
        TraceResponse::parse(answer.header("traceresponse")).trace_id,
        "0af7651916cd43dd8448eb211c80319c"
    );
    let trace = world.sink.trace_of(answer.header("traceresponse")).await;
    trace.assert_one_linked_trace_under(Some("b7ad6b7169203331"));
}

#[tokio::test]
async fn every_endpoint_is_named_by_its_route_and_not_by_what_is_in_it() {
    let world = World::start().await;
    let uuid = format!("/api/activities/{ACTIVITY}");
    let answers: Vec<(Answer, &str)> = vec![
        (world.get("/").await, "GET /"),
        (world.get("/openapi.json").await, "GET /openapi.json"),
        (world.get("/api/health-check").await, "GET /api/health-check"),
        (world.get("/api/activities/notifications").await, "GET /api/activities/notifications"),
        (world.get("/api/activities/search?term=x").await, "GET /api/activities/search"),
        (world.get("/api/activities/@worf").await, "GET /api/activities/@{handle}"),
        (world.get("/api/activities/@").await, "GET /api/activities/@{handle}"),
        (world.get(&uuid).await, "GET /api/activities/{uuid}"),
        (world.get("/api/users/@worf/short").await, "GET /api/users/@{handle}/short"),
        (world.post("/api/activities", &json!({})).await, "POST /api/activities"),
        (world.post(&format!("{uuid}/reply"), &json!({})).await, "POST /api/activities/{uuid}/reply"),
        (world.post(&format!("{uuid}/like"), &json!({})).await, "POST /api/activities/{uuid}/like"),
        (world.post("/api/profile/update", &json!({})).await, "POST /api/profile/update"),
        (world.get("/nothing/here").await, "GET"),
    ];
    for (answer, name) in answers {
        let trace = world.sink.trace_of(answer.header("traceresponse")).await;
        trace.assert_one_linked_trace();
        let root = trace.only(&format!("gateway [server] {name}"));
        root.assert("http.response.status_code", answer.status);
    }
}

#[tokio::test]
async fn each_attempt_is_a_span_and_the_error_is_where_it_belongs() {
    let world = World::start().await;
    world.activities.respond_with(|_| crate::fixture::problem(503, "overloaded"));
    let answer = world.get(&format!("/api/activities/{ACTIVITY}")).await;
    let trace = world.sink.trace_of(answer.header("traceresponse")).await;
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
async fn a_refusal_that_is_the_callers_fault_is_no_error_of_the_gateway() {
    let world = World::start().await;
    let answer = world.get("/api/users/@nobody/short").await;
    let trace = world.sink.trace_of(answer.header("traceresponse")).await;
    let root = trace.only("gateway [server] GET /api/users/@{handle}/short");
    assert_eq!((answer.status, root.status), (404, "unset"));
    root.assert_without("error.type");
    assert!(root.events.is_empty(), "{}", root.describe());
}
