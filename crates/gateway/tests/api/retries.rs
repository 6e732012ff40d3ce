//! Retries: which requests are sent again after a transient failure.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use testkit::{MockResponse, MockServer, Request};

use crate::fixture::{SAMPLE_ACTIVITY, TestApp, activities, problem, users};

/// From now on, the server fails twice and then succeeds.
fn fail_twice(server: &MockServer, then: fn(&Request) -> MockResponse) {
    let request_count = AtomicUsize::new(0);
    server.respond_with(move |request| match request_count.fetch_add(1, Ordering::SeqCst) {
        0 | 1 => problem(503, "overloaded"),
        _ => then(request),
    });
}

#[tokio::test]
async fn reads_are_retried() {
    let app = TestApp::start().await;
    fail_twice(&app.activities, activities);
    fail_twice(&app.users, users);
    let response = app.get("/api/activities/home").await;
    assert_eq!((response.status, &response.json["partial"]), (200, &json!(false)));
    assert_eq!((app.activities.requests().len(), app.users.requests().len()), (3, 3));
}

#[tokio::test]
async fn post_is_retried_with_the_same_key() {
    let app = TestApp::start().await;
    for path in ["/api/activities".to_owned(), format!("/api/activities/{SAMPLE_ACTIVITY}/reply")] {
        let before = app.activities.requests().len();
        fail_twice(&app.activities, activities);
        assert_eq!(app.post(&path, &json!({"message": "x", "ttl": "1-day"})).await.status, 201, "{path}");
        let requests = app.activities.requests().split_off(before);
        assert_eq!(requests.len(), 3, "{path}");
        let key = requests[0].header("idempotency-key");
        assert!(key.is_some(), "{path}");
        for request in &requests {
            assert_eq!((request.header("idempotency-key"), &request.body), (key, &requests[0].body));
        }
    }
}

#[tokio::test]
async fn write_without_key_is_not_retried() {
    let app = TestApp::start().await;
    fail_twice(&app.activities, activities);
    let response = app.post(&format!("/api/activities/{SAMPLE_ACTIVITY}/like"), &json!({})).await;
    assert_eq!((response.status, response.code()), (503, "activities_unavailable"));
    assert_eq!(app.activities.requests().len(), 1);
    fail_twice(&app.users, users);
    let response = app.post("/api/profile/update", &json!({"display_name": "x"})).await;
    assert_eq!((response.status, response.code()), (503, "users_unavailable"));
    assert_eq!(app.users.requests().len(), 1);
}

#[tokio::test]
async fn failing_request_is_attempted_three_times() {
    let app = TestApp::start().await;
    app.activities.respond_with(|_| problem(503, "overloaded"));
    assert_eq!(app.get("/api/activities/home").await.code(), "activities_unavailable");
    assert_eq!(app.activities.requests().len(), 3);
}

#[tokio::test]
async fn no_retry_after_half_of_the_timeout() {
    let app = TestApp::start().await;
    app.users.respond_with(|_| problem(503, "overloaded").delayed_by(Duration::from_millis(300)));
    assert_eq!(app.get("/api/users/@worf/short").await.code(), "users_unavailable");
    assert_eq!(app.users.requests().len(), 1);
}

#[tokio::test]
async fn permanent_failure_is_not_retried() {
    let app = TestApp::start().await;
    app.activities.respond_with(|_| problem(500, "internal_error"));
    app.get("/api/activities/home").await;
    assert_eq!(app.activities.requests().len(), 1);
}
