//! Posting activities, replies and likes.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use testkit::{DEADLINE, Response};

use crate::fixture::{AppBuilder, SAMPLE_ACTIVITY, UNKNOWN_UUID, display_name, text};

pub(crate) async fn posted_activity_is_returned_and_listed(builder: AppBuilder) {
    let app = builder.start().await;
    let new = json!({ "handle": "Londo", "message": " Mr. Garibaldi! \n", "ttl": "3-hours" });
    let posted = app.post("/activities", &new).await;
    assert_eq!((posted.status, text(&posted, "handle")), (201, "londo".to_owned()));
    assert_eq!(
        (text(&posted, "message"), text(&posted, "display_name")),
        ("Mr. Garibaldi!".into(), display_name("londo"))
    );
    let time = |key| text(&posted, key).parse::<Timestamp>().expect("a time");
    assert_eq!(time("expires_at").duration_since(time("created_at")), SignedDuration::from_hours(3));
    let found = app.get(&format!("/activities/{}", text(&posted, "uuid"))).await;
    assert_eq!(found.json, posted.json);
    assert_eq!(app.get("/activities/home?limit=1").await.json["activities"][0], posted.json);
}

pub(crate) async fn message_of_maximum_length_is_accepted(builder: AppBuilder) {
    let app = builder.start().await;
    let longest = "é".repeat(280);
    let uuid = app.post_activity("londo", &longest).await;
    assert_eq!(text(&app.get(&format!("/activities/{uuid}")).await, "message"), longest);
    let longest = "😀".repeat(1024);
    let reply = app.reply(&uuid, "worf", &longest).await;
    assert_eq!((reply.status, text(&reply, "message")), (201, longest));
}

pub(crate) async fn reply_is_counted_and_listed(builder: AppBuilder) {
    let app = builder.start().await;
    let reply = app.reply(SAMPLE_ACTIVITY, "garek", "Just so").await;
    assert_eq!((reply.status, text(&reply, "reply_to_activity_uuid")), (201, SAMPLE_ACTIVITY.to_owned()));
    let activity = app.get(&format!("/activities/{SAMPLE_ACTIVITY}")).await;
    assert_eq!(activity.json["replies_count"], 2);
    assert_eq!(activity.json["replies"][1], reply.json, "the newest comes last");
}

pub(crate) async fn like_counts_once_per_user(builder: AppBuilder) {
    let app = builder.start().await;
    for (handle, likes) in [("worf", 5), ("quark", 6), ("QUARK", 6), ("odo", 7), ("worf", 7)] {
        let response = app.like(SAMPLE_ACTIVITY, handle).await;
        assert_eq!((response.status, response.json), (200, json!({ "likes_count": likes })), "{handle}");
    }
    assert_eq!(app.get(&format!("/activities/{SAMPLE_ACTIVITY}")).await.json["likes_count"], 7);
}

pub(crate) async fn reply_to_or_like_of_unknown_activity_is_a_404(builder: AppBuilder) {
    let app = builder.start().await;
    for response in [app.reply(UNKNOWN_UUID, "worf", "Hello?").await, app.like(UNKNOWN_UUID, "worf").await] {
        assert_eq!((response.status, response.code()), (404, "activity_not_found"));
    }
    assert_eq!((app.count_rows("replies").await, app.count_rows("likes").await), (1, 5));
}

/// Repeats a request until it is accepted: what is refused for overload was not carried out.
async fn until_not_overloaded<F: Future<Output = Response>>(send: impl Fn() -> F) -> Response {
    let began = Instant::now();
    loop {
        let response = send().await;
        if response.status != 503 || response.code() != "overloaded" || began.elapsed() > DEADLINE {
            return response;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub(crate) async fn counts_are_exact_under_concurrent_writes(builder: AppBuilder) {
    let app = builder.start().await;
    let uuid = app.post_activity("worf", "Count me").await;
    let all = (0..24).map(|number| {
        let (app, uuid) = (&app, &uuid);
        async move {
            let handle = &format!("user_{number}");
            let reply = until_not_overloaded(|| app.reply(uuid, handle, "one"));
            let like = until_not_overloaded(|| app.like(uuid, handle));
            let (reply, like) = tokio::join!(reply, like);
            assert_eq!((reply.status, like.status), (201, 200), "{reply:?} {like:?}");
        }
    });
    futures_util::future::join_all(all).await;
    let activity = app.get(&format!("/activities/{uuid}")).await;
    assert_eq!((&activity.json["replies_count"], &activity.json["likes_count"]), (&json!(24), &json!(24)));
    assert_eq!(activity.json["replies"].as_array().map(Vec::len), Some(24));
}
