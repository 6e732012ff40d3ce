//! Delivery of notifications: its spans, and that none is lost or duplicated.

use futures_util::future::join_all;
use testkit::{Response, Span, TraceResponse, send};

use crate::fixture::{AppBuilder, SAMPLE_ACTIVITY, TestApp};

const SEND: &str = "activities [producer] send notifications";
const PROCESS: &str = "activities [consumer] process notifications";

fn trace_id(response: &Response) -> String {
    TraceResponse::parse(response.traceresponse().expect("every response has a traceresponse")).trace_id
}

fn process_spans(app: &TestApp) -> Vec<Span> {
    let mut spans = app.sink.spans();
    spans.retain(|span| span.label() == PROCESS);
    spans
}

pub(crate) async fn notification_span_links_to_its_request(builder: AppBuilder) {
    let app = builder.start().await;
    let liked = app.like(SAMPLE_ACTIVITY, "quark").await;
    let trace = app.sink.trace(&trace_id(&liked)).await;
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
    let process = app.sink.span_when("the process span", |span| span.label() == PROCESS).await;
    let links: Vec<_> = process.links.iter().map(|link| (&link.trace_id, &link.span_id)).collect();
    assert_eq!(links, [(&sent.trace_id, &sent.span_id)]);
    assert_ne!(process.trace_id, sent.trace_id);
    app.sink.trace(&process.trace_id).await.assert_one_linked_trace().assert_tree(
        "activities [consumer] process notifications
           activities [client] INSERT notifications
           activities [client] DELETE outbox",
    );
}

pub(crate) async fn notification_joins_the_trace_of_its_request_in_child_mode(builder: AppBuilder) {
    let app = builder.env("OUTBOX_TRACE", "child").start().await;
    let liked = app.like(SAMPLE_ACTIVITY, "quark").await;
    let whole = |trace: &testkit::Trace| !trace.all("activities [client] DELETE outbox").is_empty();
    app.sink.trace_when(&trace_id(&liked), "the process span in the trace", whole).await;
    let trace = app.sink.trace(&trace_id(&liked)).await;
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

pub(crate) async fn unsampled_request_leaves_its_notification_unsampled(builder: AppBuilder) {
    let app = builder.env("OUTBOX_TRACE", "child").start().await;
    let unsampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
    let like =
        app.request("POST", &format!("/activities/{SAMPLE_ACTIVITY}/like")).header("traceparent", unsampled);
    let liked = send(like.json(&serde_json::json!({ "handle": "quark" }))).await;
    assert_eq!(liked.status, 200);
    app.notifications_of("andrewbrown", 1).await;
    let mut app = app;
    app.activities.terminate().await;
    let spans = app.sink.spans();
    assert!(spans.iter().all(|span| span.trace_id != "0af7651916cd43dd8448eb211c80319c"));
    assert!(process_spans(&app).is_empty());
}

pub(crate) async fn polling_an_empty_outbox_is_untraced(builder: AppBuilder) {
    let mut app = builder.env("OUTBOX_POLL_MS", "1").start().await;
    let mut traces = Vec::new();
    for _ in 0..20 {
        traces.push(trace_id(&app.get("/activities/home").await));
    }
    app.activities.terminate().await;
    let others: Vec<_> = app
        .sink
        .spans()
        .into_iter()
        .filter(|span| !traces.contains(&span.trace_id))
        .map(|span| span.label())
        .collect();
    assert_eq!(others, [""; 0], "neither start-up nor polling is traced");
    assert!(app.sink.spans().len() >= 20 * 4);
}

pub(crate) async fn queued_notifications_survive_a_kill(builder: AppBuilder) {
    let mut app = builder.without_outbox_worker().start().await;
    for number in 0..5 {
        assert_eq!(app.like(SAMPLE_ACTIVITY, &format!("user_{number}")).await.status, 200);
    }
    assert_eq!((app.count_rows("outbox").await, app.count_rows("notifications").await), (5, 0));
    app.activities.kill().await;
    app.activities = app.start_another(|builder| builder).await;
    assert_eq!(app.notifications_of("andrewbrown", 5).await.len(), 5);
    assert_eq!(app.count_rows("outbox").await, 0);
}

pub(crate) async fn stop_during_delivery_loses_and_duplicates_nothing(builder: AppBuilder) {
    let mut app = builder.env("OUTBOX_POLL_MS", "1").start().await;
    let liked = join_all((0..60).map(|number| {
        let app = &app;
        async move { app.like(SAMPLE_ACTIVITY, &format!("user_{number}")).await.status }
    }))
    .await;
    assert!(liked.iter().all(|status| *status == 200), "{liked:?}");
    let exit = app.activities.terminate().await;
    assert!(exit.status.success(), "{exit:?}");
    assert_eq!(app.count_rows("outbox").await + app.count_rows("notifications").await, 60);
    assert_eq!(process_spans(&app).len(), app.count_rows("notifications").await, "no span is lost");
    app.activities = app.start_another(|builder| builder).await;
    assert_eq!(app.notifications_of("andrewbrown", 60).await.len(), 60);
    assert_eq!((app.count_rows("outbox").await, app.count_rows("notifications").await), (0, 60));
}

pub(crate) async fn two_workers_share_the_outbox_without_duplicates(builder: AppBuilder) {
    let mut app = builder.without_outbox_worker().start().await;
    for number in 0..80 {
        app.like(SAMPLE_ACTIVITY, &format!("user_{number}")).await;
    }
    let fast_polling = |builder: testkit::ProcessBuilder| builder.env("OUTBOX_POLL_MS", "1");
    let (mut one, mut other) = tokio::join!(app.start_another(fast_polling), app.start_another(fast_polling));
    assert_eq!(app.notifications_of("andrewbrown", 80).await.len(), 80);
    let exits = [one.terminate().await, other.terminate().await, app.activities.terminate().await];
    assert!(exits.iter().all(|exit| exit.status.success()), "{exits:?}");
    assert_eq!(process_spans(&app).len(), 80);
    assert_eq!((app.count_rows("outbox").await, app.count_rows("notifications").await), (0, 80));
}

pub(crate) async fn row_of_a_dead_worker_is_claimed_after_its_lease(builder: AppBuilder) {
    let app = builder.without_outbox_worker().start().await;
    app.like(SAMPLE_ACTIVITY, "quark").await;
    // The state after a worker died a moment ago: its lease has not expired yet.
    let lease_end = jiff::Timestamp::now().as_microsecond() + 700_000;
    app.execute(&format!("UPDATE outbox SET claimed_until = {lease_end}")).await;
    let _other = app.start_another(|builder| builder).await;
    assert_eq!(app.notifications_of("andrewbrown", 1).await, ["like quark"]);
    assert!(jiff::Timestamp::now().as_microsecond() >= lease_end, "the row was not claimed during the lease");
}
