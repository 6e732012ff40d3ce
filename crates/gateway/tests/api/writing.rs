//! What can be written, in whose name, and how often it happens.

use serde_json::json;
use uuid::Uuid;

use crate::fixture::{ACTIVITY, World, send};

#[tokio::test]
async fn an_activity_is_posted_in_the_callers_name() {
    let world = World::start().await;
    let new = json!({"message": "Hello", "ttl": "7-days", "handle": "worf"});
    let answer = world.post("/api/activities", &new).await;
    assert_eq!((answer.status, &answer.json["message"]), (201, &json!("Hello")));
    assert_eq!(answer.header("location"), format!("/api/activities/{ACTIVITY}"));
    let inner = &world.activities.requests()[0];
    assert_eq!(inner.json(), json!({"handle": "andrewbrown", "message": "Hello", "ttl": "7-days"}));
}

#[tokio::test]
async fn a_reply_is_posted_in_the_callers_name() {
    let world = World::start().await;
    let answer =
        world.post(&format!("/api/activities/{ACTIVITY}/reply"), &json!({"message": "No honor"})).await;
    assert_eq!((answer.status, &answer.json["reply_to_activity_uuid"]), (201, &json!(ACTIVITY)));
    let inner = &world.activities.requests()[0];
    assert_eq!(inner.target, format!("/activities/{ACTIVITY}/reply"));
    assert_eq!(inner.json(), json!({"handle": "andrewbrown", "message": "No honor"}));
}

#[tokio::test]
async fn a_like_needs_no_body() {
    let world = World::start().await;
    let answer = send(world.request("POST", &format!("/api/activities/{ACTIVITY}/like"))).await;
    assert_eq!((answer.status, &answer.json), (200, &json!({"likes_count": 3})));
    assert_eq!(world.activities.requests()[0].json(), json!({"handle": "andrewbrown"}));
}

#[tokio::test]
async fn the_callers_profile_is_changed() {
    let world = World::start().await;
    let answer =
        world.post("/api/profile/update", &json!({"display_name": "Andrew", "bio": "Still here"})).await;
    assert_eq!((answer.status, &answer.json["bio"]), (200, &json!("Still here")));
    let inner = &world.users.requests()[0];
    assert_eq!((inner.method.as_str(), inner.target.as_str()), ("PATCH", "/users/andrewbrown"));
    assert_eq!(inner.json(), json!({"display_name": "Andrew", "bio": "Still here"}));
}

#[tokio::test]
async fn a_bio_that_is_not_sent_stays_as_it_is() {
    let world = World::start().await;
    world.post("/api/profile/update", &json!({"display_name": "Andrew"})).await;
    assert_eq!(world.users.requests()[0].json(), json!({"display_name": "Andrew"}));
}

#[tokio::test]
async fn the_callers_idempotency_key_is_passed_on() {
    let world = World::start().await;
    let post = world.request("POST", "/api/activities").header("Idempotency-Key", "key-1");
    assert_eq!(send(post.json(&json!({"message": "Once", "ttl": "1-hour"}))).await.status, 201);
    assert_eq!(world.activities.requests()[0].header("idempotency-key"), Some("key-1"));
}

#[tokio::test]
async fn without_one_each_post_gets_a_key_of_its_own() {
    let world = World::start().await;
    for _ in 0..2 {
        world.post("/api/activities", &json!({"message": "Hello", "ttl": "1-hour"})).await;
        world.post(&format!("/api/activities/{ACTIVITY}/reply"), &json!({"message": "Hello"})).await;
    }
    let requests = world.activities.requests();
    let mut keys: Vec<Uuid> =
        requests.iter().map(|inner| inner.header("idempotency-key").unwrap().parse().unwrap()).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 4);
}
