//! New activities, replies and likes.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::fixture::{FIRST, Fresh, NONE, name_of};

pub(crate) async fn a_post_is_answered_and_found(fresh: Fresh) {
    let world = fresh.start().await;
    let new = json!({ "handle": "Londo", "message": " Mr. Garibaldi! \n", "ttl": "3-hours" });
    let posted = world.post("/activities", &new).await;
    assert_eq!((posted.status, posted.text("handle")), (201, "londo".to_owned()));
    assert_eq!(
        (posted.text("message"), posted.text("display_name")),
        ("Mr. Garibaldi!".into(), name_of("londo"))
    );
    let time = |key| posted.text(key).parse::<Timestamp>().expect("a time");
    assert_eq!(time("expires_at").duration_since(time("created_at")), SignedDuration::from_hours(3));
    let found = world.get(&format!("/activities/{}", posted.text("uuid"))).await;
    assert_eq!(found.json, posted.json);
    assert_eq!(world.get("/activities/home?limit=1").await.json["activities"][0], posted.json);
}

pub(crate) async fn a_message_may_be_as_long_as_allowed(fresh: Fresh) {
    let world = fresh.start().await;
    let longest = "é".repeat(280);
    let uuid = world.say("londo", &longest).await;
    assert_eq!(world.get(&format!("/activities/{uuid}")).await.text("message"), longest);
    let longest = "😀".repeat(1024);
    let reply = world.reply(&uuid, "worf", &longest).await;
    assert_eq!((reply.status, reply.text("message")), (201, longest));
}

pub(crate) async fn a_reply_is_counted_and_shown(fresh: Fresh) {
    let world = fresh.start().await;
    let reply = world.reply(FIRST, "garek", "Just so").await;
    assert_eq!((reply.status, reply.text("reply_to_activity_uuid")), (201, FIRST.to_owned()));
    let activity = world.get(&format!("/activities/{FIRST}")).await;
    assert_eq!(activity.json["replies_count"], 2);
    assert_eq!(activity.json["replies"][1], reply.json, "the newest comes last");
}

pub(crate) async fn a_like_counts_once_for_each_user(fresh: Fresh) {
    let world = fresh.start().await;
    for (handle, likes) in [("worf", 5), ("quark", 6), ("QUARK", 6), ("odo", 7), ("worf", 7)] {
        let answer = world.like(FIRST, handle).await;
        assert_eq!((answer.status, answer.json), (200, json!({ "likes_count": likes })), "{handle}");
    }
    assert_eq!(world.get(&format!("/activities/{FIRST}")).await.json["likes_count"], 7);
}

pub(crate) async fn a_reply_or_like_to_nothing_is_a_404(fresh: Fresh) {
    let world = fresh.start().await;
    for answer in [world.reply(NONE, "worf", "Hello?").await, world.like(NONE, "worf").await] {
        assert_eq!((answer.status, answer.code()), (404, "activity_not_found"));
    }
    assert_eq!((world.rows("replies").await, world.rows("likes").await), (1, 5));
}

pub(crate) async fn counts_stay_true_under_load(fresh: Fresh) {
    let world = fresh.start().await;
    let uuid = world.say("worf", "Count me").await;
    let all = (0..24).map(|number| {
        let (world, uuid) = (&world, &uuid);
        async move {
            let handle = format!("user_{number}");
            let (reply, like) = tokio::join!(world.reply(uuid, &handle, "one"), world.like(uuid, &handle));
            assert_eq!((reply.status, like.status), (201, 200), "{reply:?} {like:?}");
        }
    });
    futures_util::future::join_all(all).await;
    let activity = world.get(&format!("/activities/{uuid}")).await;
    assert_eq!((&activity.json["replies_count"], &activity.json["likes_count"]), (&json!(24), &json!(24)));
    assert_eq!(activity.json["replies"].as_array().map(Vec::len), Some(24));
}
