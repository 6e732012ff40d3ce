//! Failures of backends: the caller gets a 502 or 503 without internal details.

use std::time::Duration;

use serde_json::json;
use testkit::{MockResponse, Response};

use crate::fixture::{SAMPLE_ACTIVITY, TestApp, problem, send};

/// Sends one request to each endpoint that calls activities.
async fn call_every_activities_endpoint(app: &TestApp) -> Vec<Response> {
    let post = json!({"message": "x", "ttl": "1-day"});
    vec![
        app.get("/api/activities/home").await,
        app.get("/api/activities/notifications").await,
        app.get("/api/activities/search?term=x").await,
        app.get("/api/activities/@worf").await,
        app.get(&format!("/api/activities/{SAMPLE_ACTIVITY}")).await,
        app.post("/api/activities", &post).await,
        app.post(&format!("/api/activities/{SAMPLE_ACTIVITY}/reply"), &post).await,
        app.post(&format!("/api/activities/{SAMPLE_ACTIVITY}/like"), &post).await,
    ]
}

/// Sends one request to each endpoint that calls users.
async fn call_every_users_endpoint(app: &TestApp) -> Vec<Response> {
    vec![
        app.get("/api/activities/@worf").await,
        app.get("/api/users/@worf/short").await,
        app.post("/api/profile/update", &json!({"display_name": "x"})).await,
    ]
}

#[tokio::test]
async fn activities_down_is_a_503_with_retry_after() {
    let app = TestApp::start().await;
    app.activities.down();
    for response in call_every_activities_endpoint(&app).await {
        assert_eq!((response.status, response.code()), (503, "activities_unavailable"));
        assert_eq!(response.header("retry-after"), "1");
        assert!(!response.text.contains("127.0.0.1"), "{}", response.text);
    }
}

#[tokio::test]
async fn what_a_person_searches_for_is_not_logged_when_activities_fails() {
    let app = TestApp::with(|gateway| gateway.env("ACTIVITIES_TIMEOUT_MS", "200")).await;
    let search = || app.get("/api/activities/search?term=PRIVATE&cursor=PRIVATE");
    app.activities.respond_with(|_| MockResponse::never());
    assert_eq!(search().await.status, 503);
    app.activities.respond_with(|_| problem(503, "overloaded"));
    assert_eq!(search().await.status, 503);
    app.activities.down();
    assert_eq!(search().await.status, 503);
    let log = app.gateway.log();
    assert!(log.contains("/activities/search"), "the error names the call: {log}");
    assert!(!log.contains("PRIVATE"), "{log}");
}

#[tokio::test]
async fn users_down_is_a_503_with_retry_after() {
    let app = TestApp::start().await;
    app.users.down();
    for response in call_every_users_endpoint(&app).await {
        assert_eq!((response.status, response.code()), (503, "users_unavailable"));
        assert_eq!(response.header("retry-after"), "1");
    }
    assert_eq!(
        app.get(&format!("/api/activities/{SAMPLE_ACTIVITY}")).await.status,
        200,
        "other endpoints still work"
    );
}

#[tokio::test]
async fn activities_not_responding_is_a_503_after_the_timeout() {
    let app = TestApp::with(|gateway| gateway.env("ACTIVITIES_TIMEOUT_MS", "200")).await;
    app.activities.respond_with(|_| MockResponse::never());
    let response = app.get("/api/activities/home").await;
    assert_eq!((response.status, response.code()), (503, "activities_unavailable"));
    assert!(response.elapsed >= Duration::from_millis(200), "{:?}", response.elapsed);
    assert_eq!(app.activities.requests().len(), 1, "a timed-out request is not retried");
}

#[tokio::test]
async fn backend_failure_is_a_502_without_internal_details() {
    let app = TestApp::start().await;
    for failure in [
        problem(500, "internal_error"),
        problem(400, "invalid_query"),
        problem(404, "no_such_path"),
        problem(409, "SECRET"),
        problem(401, "token_missing"),
        MockResponse::status(500).body("SECRET: panicked at store.rs:7"),
        MockResponse::status(404).body("<html>SECRET</html>"),
        MockResponse::status(204),
        MockResponse::json(200, &json!({"SECRET": true})),
        MockResponse::json(200, &json!([])),
        MockResponse::status(200).header("content-type", "application/json").body("{\"SECRET\":"),
    ] {
        let (first, second) = (failure.clone(), failure.clone());
        app.activities.respond_with(move |_| first.clone());
        for response in call_every_activities_endpoint(&app).await {
            assert_eq!((response.status, response.code()), (502, "activities_failed"), "{failure:?}");
            assert!(!response.text.contains("SECRET"), "{}", response.text);
        }
        app.activities.respond_with(crate::fixture::activities);
        app.users.respond_with(move |_| second.clone());
        for response in call_every_users_endpoint(&app).await {
            assert_eq!((response.status, response.code()), (502, "users_failed"), "{failure:?}");
            assert!(!response.text.contains("SECRET"), "{}", response.text);
        }
        app.users.respond_with(crate::fixture::users);
    }
}

#[tokio::test]
async fn too_large_response_of_a_backend_is_a_502() {
    let app = TestApp::start().await;
    app.activities.respond_with(|_| {
        MockResponse::status(200).header("content-type", "application/json").body(vec![b' '; 5 * 1024 * 1024])
    });
    let response = app.get("/api/activities/home").await;
    assert_eq!((response.status, response.code()), (502, "activities_failed"));
}

#[tokio::test]
async fn hostile_headers_do_not_fail_the_request() {
    let app = TestApp::start().await;
    for (name, value) in [
        ("traceparent", "00-00000000000000000000000000000000-0000000000000000-01"),
        ("traceparent", "zz"),
        ("baggage", "k=v;m=a%0Ab"),
        ("tracestate", "=,=,==="),
        ("authorization", "Bearer nonsense"),
        ("accept-encoding", "nonsense;q=7"),
    ] {
        let response = send(app.request("GET", "/api/activities/home").header(name, value)).await;
        assert_eq!((response.status, &response.json["partial"]), (200, &json!(false)), "{name}: {value}");
    }
}
