//! Write endpoints, and the backend calls that they make.

use serde_json::json;
use uuid::Uuid;

use crate::fixture::{SAMPLE_ACTIVITY, TestApp, send};

#[tokio::test]
async fn activity_is_posted_as_the_caller() {
    let app = TestApp::start().await;
    let new = json!({"message": "Hello", "ttl": "7-days", "handle": "worf"});
    let response = app.post("/api/activities", &new).await;
    assert_eq!((response.status, &response.json["message"]), (201, &json!("Hello")));
    assert_eq!(response.header("location"), format!("/api/activities/{SAMPLE_ACTIVITY}"));
    let inner = &app.activities.requests()[0];
    assert_eq!(inner.json(), json!({"handle": "andrewbrown", "message": "Hello", "ttl": "7-days"}));
}

#[tokio::test]
async fn reply_is_posted_as_the_caller() {
    let app = TestApp::start().await;
    let response =
        app.post(&format!("/api/activities/{SAMPLE_ACTIVITY}/reply"), &json!({"message": "No honor"})).await;
    assert_eq!((response.status, &response.json["reply_to_activity_uuid"]), (201, &json!(SAMPLE_ACTIVITY)));
    let inner = &app.activities.requests()[0];
    assert_eq!(inner.target, format!("/activities/{SAMPLE_ACTIVITY}/reply"));
    assert_eq!(inner.json(), json!({"handle": "andrewbrown", "message": "No honor"}));
}

#[tokio::test]
async fn like_needs_no_body() {
    let app = TestApp::start().await;
    let response = send(app.request("POST", &format!("/api/activities/{SAMPLE_ACTIVITY}/like"))).await;
    assert_eq!((response.status, &response.json), (200, &json!({"likes_count": 3})));
    assert_eq!(app.activities.requests()[0].json(), json!({"handle": "andrewbrown"}));
}

#[tokio::test]
async fn profile_of_the_caller_is_updated() {
    let app = TestApp::start().await;
    let response =
        app.post("/api/profile/update", &json!({"display_name": "Andrew", "bio": "Still here"})).await;
    assert_eq!((response.status, &response.json["bio"]), (200, &json!("Still here")));
    let inner = &app.users.requests()[0];
    assert_eq!((inner.method.as_str(), inner.target.as_str()), ("PATCH", "/users/andrewbrown"));
    assert_eq!(inner.json(), json!({"display_name": "Andrew", "bio": "Still here"}));
}

#[tokio::test]
async fn absent_bio_is_not_sent_to_users() {
    let app = TestApp::start().await;
    app.post("/api/profile/update", &json!({"display_name": "Andrew"})).await;
    assert_eq!(app.users.requests()[0].json(), json!({"display_name": "Andrew"}));
}

#[tokio::test]
async fn idempotency_key_of_the_caller_is_forwarded() {
    let app = TestApp::start().await;
    let post = app.request("POST", "/api/activities").header("Idempotency-Key", "key-1");
    assert_eq!(send(post.json(&json!({"message": "Once", "ttl": "1-hour"}))).await.status, 201);
    assert_eq!(app.activities.requests()[0].header("idempotency-key"), Some("key-1"));
}

#[tokio::test]
async fn post_without_key_gets_a_unique_one() {
    let app = TestApp::start().await;
    for _ in 0..2 {
        app.post("/api/activities", &json!({"message": "Hello", "ttl": "1-hour"})).await;
        app.post(&format!("/api/activities/{SAMPLE_ACTIVITY}/reply"), &json!({"message": "Hello"})).await;
    }
    let requests = app.activities.requests();
    let mut keys: Vec<Uuid> =
        requests.iter().map(|inner| inner.header("idempotency-key").unwrap().parse().unwrap()).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 4);
}
