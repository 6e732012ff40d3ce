//! What is sent twice happens once.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::fixture::{FIRST, Fresh};

fn activity(handle: &str, message: &str) -> Value {
    json!({ "handle": handle, "message": message, "ttl": "1-day" })
}

pub(crate) async fn the_same_key_posts_once(fresh: Fresh) {
    let world = fresh.start().await;
    let new = activity("worf", "Once");
    let first = world.post_under("key-1", "/activities", &new).await;
    let second = world.post_under("key-1", "/activities", &new).await;
    assert_eq!((first.status, second.status), (201, 201));
    assert_eq!(first.json, second.json);
    let other = world.post_under("key-2", "/activities", &new).await;
    assert_ne!(first.text("uuid"), other.text("uuid"));
    assert_eq!(world.get("/activities/by/worf/count").await.json["count"], 3);
}

pub(crate) async fn the_same_key_with_other_content_is_refused(fresh: Fresh) {
    let world = fresh.start().await;
    world.post_under("key-1", "/activities", &activity("worf", "Once")).await;
    let other_ttl = json!({ "handle": "worf", "message": "Once", "ttl": "1-hour" });
    for other in [activity("worf", "Twice"), other_ttl] {
        let answer = world.post_under("key-1", "/activities", &other).await;
        assert_eq!((answer.status, answer.code()), (422, "idempotency_key_reused"));
    }
    assert_eq!(world.get("/activities/by/worf/count").await.json["count"], 2);
}

pub(crate) async fn a_key_belongs_to_its_author(fresh: Fresh) {
    let world = fresh.start().await;
    let worf = world.post_under("key-1", "/activities", &activity("worf", "Mine")).await;
    let garek = world.post_under("key-1", "/activities", &activity("garek", "Mine")).await;
    assert_eq!((worf.status, garek.status), (201, 201));
    assert_ne!(worf.text("uuid"), garek.text("uuid"));
}

pub(crate) async fn the_same_key_replies_once_and_counts_once(fresh: Fresh) {
    let world = fresh.start().await;
    let path = format!("/activities/{FIRST}/reply");
    let new = json!({ "handle": "garek", "message": "Indeed" });
    let first = world.post_under("key-1", &path, &new).await;
    let second = world.post_under("key-1", &path, &new).await;
    assert_eq!((first.status, &first.json), (201, &second.json));
    let other = world.post_under("key-1", &path, &json!({ "handle": "garek", "message": "No" })).await;
    assert_eq!((other.status, other.code()), (422, "idempotency_key_reused"));
    let elsewhere = world.say("worf", "Another").await;
    let elsewhere = world.post_under("key-1", &format!("/activities/{elsewhere}/reply"), &new).await;
    assert_eq!((elsewhere.status, elsewhere.code()), (422, "idempotency_key_reused"));
    assert_eq!(world.get(&format!("/activities/{FIRST}")).await.json["replies_count"], 2);
    assert_eq!(world.told("andrewbrown", 1).await, ["reply garek"]);
}

pub(crate) async fn many_at_once_under_one_key_post_once(fresh: Fresh) {
    let world = fresh.start().await;
    let new = activity("worf", "Once");
    let answers = join_all((0..12).map(|_| world.post_under("key-1", "/activities", &new))).await;
    for answer in &answers {
        assert_eq!((answer.status, &answer.json["uuid"]), (201, &answers[0].json["uuid"]), "{answer:?}");
    }
    assert_eq!(world.get("/activities/by/worf/count").await.json["count"], 2);
}

pub(crate) async fn many_likes_of_one_user_at_once_count_once(fresh: Fresh) {
    let world = fresh.start().await;
    for answer in join_all((0..12).map(|_| world.like(FIRST, "quark"))).await {
        assert_eq!((answer.status, answer.json), (200, json!({ "likes_count": 6 })));
    }
    assert_eq!(world.get(&format!("/activities/{FIRST}")).await.json["likes_count"], 6);
    assert_eq!(world.told("andrewbrown", 1).await, ["like quark"]);
}
