//! Idempotency: a repeated request takes effect once.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::fixture::{AppBuilder, SAMPLE_ACTIVITY, text};

/// A cancelled request has no route.
const CANCELLED_SPAN: &str = "activities [server] POST";

fn activity(handle: &str, message: &str) -> Value {
    json!({ "handle": handle, "message": message, "ttl": "1-day" })
}

pub(crate) async fn same_key_posts_once(builder: AppBuilder) {
    let app = builder.start().await;
    let new = activity("worf", "Once");
    let first = app.post_with_key("key-1", "/activities", &new).await;
    let second = app.post_with_key("key-1", "/activities", &new).await;
    assert_eq!((first.status, second.status), (201, 201));
    assert_eq!(first.json, second.json);
    let other = app.post_with_key("key-2", "/activities", &new).await;
    assert_ne!(text(&first, "uuid"), text(&other, "uuid"));
    assert_eq!(app.get("/activities/by/worf/count").await.json["count"], 3);
}

pub(crate) async fn same_key_with_other_content_is_rejected(builder: AppBuilder) {
    let app = builder.start().await;
    app.post_with_key("key-1", "/activities", &activity("worf", "Once")).await;
    let other_ttl = json!({ "handle": "worf", "message": "Once", "ttl": "1-hour" });
    for other in [activity("worf", "Twice"), other_ttl] {
        let response = app.post_with_key("key-1", "/activities", &other).await;
        assert_eq!((response.status, response.code()), (422, "idempotency_key_reused"));
    }
    assert_eq!(app.get("/activities/by/worf/count").await.json["count"], 2);
}

pub(crate) async fn idempotency_keys_are_scoped_to_the_author(builder: AppBuilder) {
    let app = builder.start().await;
    let worf = app.post_with_key("key-1", "/activities", &activity("worf", "Mine")).await;
    let garek = app.post_with_key("key-1", "/activities", &activity("garek", "Mine")).await;
    assert_eq!((worf.status, garek.status), (201, 201));
    assert_ne!(text(&worf, "uuid"), text(&garek, "uuid"));
}

pub(crate) async fn same_key_replies_once_and_counts_once(builder: AppBuilder) {
    let app = builder.start().await;
    let path = format!("/activities/{SAMPLE_ACTIVITY}/reply");
    let new = json!({ "handle": "garek", "message": "Indeed" });
    let first = app.post_with_key("key-1", &path, &new).await;
    let second = app.post_with_key("key-1", &path, &new).await;
    assert_eq!((first.status, &first.json), (201, &second.json));
    let other = app.post_with_key("key-1", &path, &json!({ "handle": "garek", "message": "No" })).await;
    assert_eq!((other.status, other.code()), (422, "idempotency_key_reused"));
    let elsewhere = app.post_activity("worf", "Another").await;
    let elsewhere = app.post_with_key("key-1", &format!("/activities/{elsewhere}/reply"), &new).await;
    assert_eq!((elsewhere.status, elsewhere.code()), (422, "idempotency_key_reused"));
    assert_eq!(app.get(&format!("/activities/{SAMPLE_ACTIVITY}")).await.json["replies_count"], 2);
    assert_eq!(app.notifications_of("andrewbrown", 1).await, ["reply garek"]);
}

pub(crate) async fn concurrent_posts_with_one_key_post_once(builder: AppBuilder) {
    let app = builder.start().await;
    let new = activity("worf", "Once");
    let responses = join_all((0..12).map(|_| app.post_with_key("key-1", "/activities", &new))).await;
    for response in &responses {
        assert_eq!(
            (response.status, &response.json["uuid"]),
            (201, &responses[0].json["uuid"]),
            "{response:?}"
        );
    }
    assert_eq!(app.get("/activities/by/worf/count").await.json["count"], 2);
}

pub(crate) async fn concurrent_likes_of_one_user_count_once(builder: AppBuilder) {
    let app = builder.start().await;
    for response in join_all((0..12).map(|_| app.like(SAMPLE_ACTIVITY, "quark"))).await {
        assert_eq!((response.status, response.json), (200, json!({ "likes_count": 6 })));
    }
    assert_eq!(app.get(&format!("/activities/{SAMPLE_ACTIVITY}")).await.json["likes_count"], 6);
    assert_eq!(app.notifications_of("andrewbrown", 1).await, ["like quark"]);
}

/// A caller that gives up gets no answer, so its request must not be carried out after that.
pub(crate) async fn request_whose_caller_gave_up_is_not_carried_out(builder: AppBuilder) {
    let app = builder.start().await;
    let lock = app.lock_writers().await;
    let trace_id = "0af7651916cd43dd8448eb211c80319c";
    let request = app
        .request("POST", "/activities")
        .header("traceparent", format!("00-{trace_id}-b7ad6b7169203331-01"))
        .timeout(Duration::from_millis(300));
    let abandoned = request.json(&activity("worf", "Too late")).send().await;
    assert!(abandoned.expect_err("the database is locked").is_timeout());
    // Its span ends when the request is cancelled.
    app.sink
        .trace_when(trace_id, "the cancelled request", |trace| !trace.all(CANCELLED_SPAN).is_empty())
        .await;
    lock.release().await;
    app.post_activity("worf", "In time").await;
    assert_eq!(app.get("/activities/by/worf/count").await.json["count"], 2);
}
