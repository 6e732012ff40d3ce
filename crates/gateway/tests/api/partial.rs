//! While users fails, the home feed is partial and returned within a second.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::MockResponse;

use crate::fixture::{TestApp, page, problem};

/// The maximum time of the home feed.
const FEED_TIMEOUT: Duration = Duration::from_secs(1);

async fn assert_partial(app: &TestApp, why: &str) {
    let response = app.get("/api/activities/home").await;
    assert_eq!(response.status, 200, "{why}");
    assert_eq!(response.json["partial"], true, "{why}");
    assert_eq!(response.json["viewer"], Value::Null, "{why}");
    assert_eq!(response.json["activities"][0]["message"], "Cloud is very fun!", "{why}");
    assert!(response.elapsed < FEED_TIMEOUT, "{why}: {:?}", response.elapsed);
    assert!(!response.text.contains("SECRET"), "{why}: {}", response.text);
}

#[tokio::test]
async fn feed_is_partial_while_users_is_down() {
    let app = TestApp::start().await;
    app.users.down();
    assert_partial(&app, "down").await;
    app.users.up();
    assert_eq!(app.get("/api/activities/home").await.json["partial"], false);
}

#[tokio::test]
async fn feed_is_partial_and_in_time_while_users_does_not_respond() {
    let app = TestApp::start().await;
    app.users.respond_with(|_| MockResponse::never());
    assert_partial(&app, "not responding").await;
}

#[tokio::test]
async fn feed_is_partial_and_in_time_while_users_fails_slowly() {
    let app = TestApp::start().await;
    app.users.respond_with(|_| problem(503, "overloaded").delayed_by(Duration::from_millis(240)));
    assert_partial(&app, "late 503s").await;
}

#[tokio::test]
async fn feed_is_partial_if_the_response_of_users_is_invalid() {
    let app = TestApp::start().await;
    app.users.respond_with(|_| problem(500, "internal_error"));
    assert_partial(&app, "500").await;
    app.users.respond_with(|_| MockResponse::json(200, &json!({"SECRET": 1})));
    assert_partial(&app, "other JSON").await;
    app.users.respond_with(|_| MockResponse::json(200, &json!({"uuid": "half of it"})).truncated());
    assert_partial(&app, "half a response").await;
    app.users.respond_with(|_| MockResponse::status(302).header("location", "/elsewhere"));
    assert_partial(&app, "a redirect").await;
}

#[tokio::test]
async fn unknown_viewer_does_not_make_the_feed_partial() {
    let app = TestApp::start().await;
    app.users.respond_with(|_| problem(404, "user_not_found"));
    let response = app.get("/api/activities/home").await;
    assert_eq!((response.status, &response.json["viewer"]), (200, &Value::Null));
    assert_eq!(response.json["partial"], false);
}

#[tokio::test]
async fn partial_page_of_activities_makes_the_response_partial() {
    let app = TestApp::start().await;
    app.activities.respond_with(|_| {
        let mut page = page();
        page["partial"] = json!(true);
        MockResponse::json(200, &page)
    });
    for path in ["/api/activities/home", "/api/activities/search?term=cloud"] {
        let response = app.get(path).await;
        assert_eq!((response.status, &response.json["partial"]), (200, &json!(true)), "{path}");
    }
}
