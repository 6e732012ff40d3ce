//! From what is queued to notifications: what it looks like as spans, and that nothing is lost or doubled.

use futures_util::future::join_all;
use testkit::{Span, TraceResponse};

use crate::fixture::{Answer, FIRST, Fresh, World, send};

const SEND: &str = "activities [producer] send notifications";
const PROCESS: &str = "activities [consumer] process notifications";

fn trace_id(answer: &Answer) -> String {
    TraceResponse::parse(answer.traceresponse.as_deref().expect("every answer says its trace")).trace_id
}

fn processed(world: &World) -> Vec<Span> {
    let mut spans = world.sink.spans();
    spans.retain(|span| span.label() == PROCESS);
    spans
}

pub(crate) async fn a_notification_links_to_its_request(fresh: Fresh) {
    let world = fresh.start().await;
    let liked = world.like(FIRST, "quark").await;
    let trace = world.sink.trace(&trace_id(&liked)).await;
    trace.assert_one_linked_trace().assert_tree(
        "activities [server] POST /activities/{uuid}/like
           activities [client] UPDATE activities
           activities [client] INSERT likes
           activities [producer] send notifications
             activities [client] INSERT outbox",
    );
    let sent = trace.only(SEND);
    sent.assert("messaging.system", "outbox")
        .assert("messaging.destination.name", "notifications")
        .assert("messaging.operation.type", "send");
    let process = world.sink.span_when("the work", |span| span.label() == PROCESS).await;
    let links: Vec<_> = process.links.iter().map(|link| (&link.trace_id, &link.span_id)).collect();
    assert_eq!(links, [(&sent.trace_id, &sent.span_id)]);
    assert_ne!(process.trace_id, sent.trace_id);
    world.sink.trace(&process.trace_id).await.assert_one_linked_trace().assert_tree(
        "activities [consumer] process notifications
           activities [client] INSERT notifications
           activities [client] DELETE outbox",
    );
}

pub(crate) async fn a_notification_can_be_part_of_its_request(fresh: Fresh) {
    let world = fresh.env("OUTBOX_TRACE", "child").start().await;
    let liked = world.like(FIRST, "quark").await;
    let whole = |trace: &testkit::Trace| !trace.all("activities [client] DELETE outbox").is_empty();
    world.sink.trace_when(&trace_id(&liked), "the work in the trace", whole).await;
    let trace = world.sink.trace(&trace_id(&liked)).await;
    trace.assert_one_linked_trace().assert_tree(
        "activities [server] POST /activities/{uuid}/like
           activities [client] UPDATE activities
           activities [client] INSERT likes
           activities [producer] send notifications
             activities [client] INSERT outbox
             activities [consumer] process notifications
               activities [client] INSERT notifications
               activities [client] DELETE outbox",
    );
    assert!(trace.only(PROCESS).links.is_empty());
}

pub(crate) async fn a_request_that_is_not_sampled_is_not_linked_to(fresh: Fresh) {
    let world = fresh.env("OUTBOX_TRACE", "child").start().await;
    let unsampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
    let like = world.request("POST", &format!("/activities/{FIRST}/like")).header("traceparent", unsampled);
    let liked = send(like.json(&serde_json::json!({ "handle": "quark" }))).await;
    assert_eq!(liked.status, 200);
    world.told("andrewbrown", 1).await;
    let mut world = world;
    world.activities.terminate().await;
    let spans = world.sink.spans();
    assert!(spans.iter().all(|span| span.trace_id != "0af7651916cd43dd8448eb211c80319c"));
    assert!(processed(&world).is_empty());
}

pub(crate) async fn an_empty_queue_leaves_no_trace(fresh: Fresh) {
    let mut world = fresh.env("OUTBOX_POLL_MS", "1").start().await;
    let mut traces = Vec::new();
    for _ in 0..20 {
        traces.push(trace_id(&world.get("/activities/home").await));
    }
    world.activities.terminate().await;
    let others: Vec<_> = world
        .sink
        .spans()
        .into_iter()
        .filter(|span| !traces.contains(&span.trace_id))
        .map(|span| span.label())
        .collect();
    assert_eq!(others, [""; 0], "neither the start nor a look into the queue is a trace");
    assert!(world.sink.spans().len() >= 20 * 4);
}

pub(crate) async fn what_is_queued_survives_a_kill(fresh: Fresh) {
    let mut world = fresh.without_worker().start().await;
    for number in 0..5 {
        assert_eq!(world.like(FIRST, &format!("user_{number}")).await.status, 200);
    }
    assert_eq!((world.rows("outbox").await, world.rows("notifications").await), (5, 0));
    world.activities.kill().await;
    world.activities = world.another(|builder| builder).await;
    assert_eq!(world.told("andrewbrown", 5).await.len(), 5);
    assert_eq!(world.rows("outbox").await, 0);
}

pub(crate) async fn a_stop_amid_the_work_loses_and_doubles_nothing(fresh: Fresh) {
    let mut world = fresh.env("OUTBOX_POLL_MS", "1").start().await;
    let liked = join_all((0..60).map(|number| {
        let world = &world;
        async move { world.like(FIRST, &format!("user_{number}")).await.status }
    }))
    .await;
    assert!(liked.iter().all(|status| *status == 200), "{liked:?}");
    let exit = world.activities.terminate().await;
    assert!(exit.status.success(), "{exit:?}");
    assert_eq!(world.rows("outbox").await + world.rows("notifications").await, 60);
    assert_eq!(processed(&world).len(), world.rows("notifications").await, "no span is lost either");
    world.activities = world.another(|builder| builder).await;
    assert_eq!(world.told("andrewbrown", 60).await.len(), 60);
    assert_eq!((world.rows("outbox").await, world.rows("notifications").await), (0, 60));
}

pub(crate) async fn two_workers_share_the_work_and_do_nothing_twice(fresh: Fresh) {
    let mut world = fresh.without_worker().start().await;
    for number in 0..80 {
        world.like(FIRST, &format!("user_{number}")).await;
    }
    let quick = |builder: testkit::ProcessBuilder| builder.env("OUTBOX_POLL_MS", "1");
    let (mut one, mut other) = tokio::join!(world.another(quick), world.another(quick));
    assert_eq!(world.told("andrewbrown", 80).await.len(), 80);
    let exits = [one.terminate().await, other.terminate().await, world.activities.terminate().await];
    assert!(exits.iter().all(|exit| exit.status.success()), "{exits:?}");
    assert_eq!(processed(&world).len(), 80);
    assert_eq!((world.rows("outbox").await, world.rows("notifications").await), (0, 80));
}

pub(crate) async fn a_row_whose_worker_died_is_taken_over(fresh: Fresh) {
    let world = fresh.without_worker().start().await;
    world.like(FIRST, "quark").await;
    // As a worker leaves it that died a moment ago: the claim has not run out yet.
    let soon = jiff::Timestamp::now().as_microsecond() + 700_000;
    world.execute(&format!("UPDATE outbox SET claimed_until = {soon}")).await;
    let _other = world.another(|builder| builder).await;
    assert_eq!(world.told("andrewbrown", 1).await, ["like quark"]);
    assert!(jiff::Timestamp::now().as_microsecond() >= soon, "it was not taken while it was claimed");
}
