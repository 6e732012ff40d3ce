//! Write endpoints, and the backend calls that they make.

use serde_json::json;
use testkit::MockResponse;
use uuid::Uuid;

use crate::fixture::{SAMPLE_ACTIVITY, TestApp, activities, problem, send};

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
async fn response_to_a_post_has_its_key_whatever_became_of_it() {
    let app = TestApp::with(|gateway| gateway.env("ACTIVITIES_TIMEOUT_MS", "200")).await;
    let new = json!({"message": "Once", "ttl": "1-hour"});
    for path in ["/api/activities".to_owned(), format!("/api/activities/{SAMPLE_ACTIVITY}/reply")] {
        app.activities.respond_with(activities);
        let response = app.post(&path, &new).await;
        let key = app.activities.requests().last().unwrap().header("idempotency-key").map(str::to_owned);
        assert_eq!((response.status, Some(response.header("idempotency-key"))), (201, key.as_deref()));

        app.activities.respond_with(|_| MockResponse::never());
        let unknown = app.post(&path, &new).await;
        assert_eq!((unknown.status, unknown.code()), (503, "activities_unavailable"));
        assert!(
            unknown.json["detail"].as_str().unwrap().contains("may have been carried out"),
            "{unknown:?}"
        );
        app.activities.respond_with(activities);
        let key = unknown.header("idempotency-key").to_owned();
        let again = send(app.request("POST", &path).header("Idempotency-Key", &key).json(&new)).await;
        assert_eq!((again.status, again.header("idempotency-key")), (201, key.as_str()));
        let [.., first, second] = &app.activities.requests()[..] else { panic!("two requests") };
        assert_eq!(first.header("idempotency-key"), second.header("idempotency-key"), "{path}");
    }
}

#[tokio::test]
async fn lack_of_room_is_a_507_and_not_retried() {
    let app = TestApp::start().await;
    app.activities.respond_with(|_| problem(507, "storage_full"));
    app.users.respond_with(|_| problem(507, "storage_full"));
    for (path, backend) in [
        ("/api/activities".to_owned(), &app.activities),
        (format!("/api/activities/{SAMPLE_ACTIVITY}/reply"), &app.activities),
        (format!("/api/activities/{SAMPLE_ACTIVITY}/like"), &app.activities),
        ("/api/profile/update".to_owned(), &app.users),
    ] {
        let before = backend.requests().len();
        let response = app.post(&path, &json!({"message": "x", "ttl": "1-hour", "display_name": "x"})).await;
        assert_eq!((response.status, response.code()), (507, "storage_full"), "{path}");
        assert!(!response.text.contains("SECRET"), "{}", response.text);
        assert!(!response.text.contains("may have been carried out"), "{path}: {}", response.text);
        assert_eq!(backend.requests().len(), before + 1, "{path}");
    }
}

#[tokio::test]
async fn what_is_too_long_for_activities_alone_is_an_error_of_the_caller() {
    let app = TestApp::start().await;
    for (status, code) in [(414, "uri_too_long"), (413, "body_too_large")] {
        app.activities.respond_with(move |_| problem(status, code));
        let response = app.post("/api/activities", &json!({"message": "x", "ttl": "1-hour"})).await;
        assert_eq!((response.status, response.code()), (status, code));
    }
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
