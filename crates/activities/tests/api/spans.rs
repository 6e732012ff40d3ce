//! What requests to activities look like as spans.

use jiff::Timestamp;
use testkit::{Trace, Value};

use crate::fixture::{Answer, FIRST, Fresh, World, send};

const FEED: &str = "activities [internal] home-activities";

async fn trace(world: &World, answer: &Answer) -> Trace {
    world.sink.trace_of(answer.traceresponse.as_deref().expect("every answer says its trace")).await
}

#[tokio::test]
async fn the_home_feed_is_one_statement_and_one_call() {
    let world = Fresh::on_sqlite().start().await;
    let trace = trace(&world, &world.get("/activities/home").await).await;
    trace.assert_one_linked_trace().assert_tree(
        "activities [server] GET /activities/home
           activities [internal] home-activities
             activities [client] SELECT activities
             activities [client] GET",
    );
    let feed = trace.only(FEED);
    feed.assert("app.result_length", 3);
    let now = feed.attribute("app.now").and_then(Value::as_str).expect("app.now is a text");
    assert!(now.ends_with('Z') && now.parse::<Timestamp>().is_ok(), "{now}");
    trace
        .only("activities [client] SELECT activities")
        .assert("db.system.name", "sqlite")
        .assert("db.namespace", "activities.db")
        .assert("db.response.returned_rows", 3);
    let asked = world.users.requests();
    let parent = asked[0].header("traceparent").expect("the trace goes on to users");
    let call = trace.only("activities [client] GET");
    assert!(parent.starts_with(&format!("00-{}-{}-", call.trace_id, call.span_id)), "{parent}");
}

#[tokio::test]
async fn a_trace_of_the_caller_goes_on() {
    let world = Fresh::on_sqlite().start().await;
    let caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    send(world.request("GET", "/activities/home").header("traceparent", caller)).await;
    let trace = world.sink.trace("0af7651916cd43dd8448eb211c80319c").await;
    trace.assert_one_linked_trace_under(Some("b7ad6b7169203331"));
    assert_eq!(trace.spans().len(), 4);
}

#[tokio::test]
async fn an_empty_feed_makes_no_call() {
    let world = Fresh::on_sqlite().start().await;
    world.execute("DELETE FROM activities").await;
    let trace = trace(&world, &world.get("/activities/home").await).await;
    trace.only(FEED).assert("app.result_length", 0);
    trace.assert_tree(
        "activities [server] GET /activities/home
           activities [internal] home-activities
             activities [client] SELECT activities",
    );
}

#[tokio::test]
async fn users_that_are_down_are_seen_in_every_attempt_and_fail_nothing_else() {
    let world = Fresh::on_sqlite().start().await;
    world.users.down();
    let trace = trace(&world, &world.get("/activities/home").await).await;
    let attempts = trace.all("activities [client] GET");
    assert_eq!(attempts.len(), 3);
    assert!(attempts.iter().all(|attempt| attempt.status == "error"));
    assert_eq!(trace.only(FEED).status, "unset");
    trace.only("activities [server] GET /activities/home").assert("http.response.status_code", 200);
}

#[tokio::test]
async fn a_post_and_the_call_for_its_name_are_one_trace() {
    let world = Fresh::on_sqlite().start().await;
    let posted = world.reply(FIRST, "garek", "Ask @worf").await;
    trace(&world, &posted).await.assert_one_linked_trace().assert_tree(
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
async fn what_people_wrote_is_in_no_span() {
    let mut world = Fresh::on_sqlite().start().await;
    world.say("worf", "a secret message").await;
    world.get("/activities/by/worf").await;
    world.activities.terminate().await;
    for span in world.sink.spans() {
        assert!(!span.describe().contains("a secret message"), "{}", span.describe());
    }
}
