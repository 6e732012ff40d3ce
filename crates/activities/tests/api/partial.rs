//! While users fails, pages are returned without names and in time.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::MockResponse;

use crate::fixture::{AppBuilder, SAMPLE_ACTIVITY, TestApp, map_list};

/// The maximum time of a response, whatever users does.
const PAGE_TIMEOUT: Duration = Duration::from_secs(1);

/// Requests everything that contains names and asserts that it is returned in time, without them.
async fn assert_partial(app: &TestApp, case: &str) {
    for path in ["/activities/home", "/activities/by/worf", "/activities/search?term=cloud"] {
        let start = Instant::now();
        let page = app.get(path).await;
        let took = start.elapsed();
        assert_eq!((page.status, &page.json["partial"]), (200, &json!(true)), "{case}: {path}");
        let names = map_list(&page, "activities", |activity| activity["display_name"].clone());
        assert!(!names.is_empty() && names.iter().all(Value::is_null), "{case}: {path}: {names:?}");
        assert!(took < PAGE_TIMEOUT, "{case}: {path} took {took:?}");
    }
    let start = Instant::now();
    let activity = app.get(&format!("/activities/{SAMPLE_ACTIVITY}")).await;
    assert_eq!((activity.status, &activity.json["display_name"]), (200, &Value::Null), "{case}");
    assert!(start.elapsed() < PAGE_TIMEOUT, "{case}");
}

#[tokio::test]
async fn page_has_no_names_while_users_is_down() {
    let app = AppBuilder::on_sqlite().start().await;
    app.users.down();
    assert_partial(&app, "down").await;
    app.users.up();
    assert_eq!(app.get("/activities/home").await.json["partial"], false);
}

#[tokio::test]
async fn page_is_in_time_while_users_does_not_respond() {
    let app = AppBuilder::on_sqlite().start().await;
    app.users.respond_with(|_| MockResponse::never());
    assert_partial(&app, "not responding").await;
}

#[tokio::test]
async fn page_is_in_time_while_users_fails_slowly() {
    let app = AppBuilder::on_sqlite().start().await;
    app.users.respond_with(|_| MockResponse::status(503).delayed_by(Duration::from_millis(350)));
    assert_partial(&app, "failing late").await;
}

#[tokio::test]
async fn page_has_no_names_if_the_response_of_users_is_invalid() {
    let app = AppBuilder::on_sqlite().start().await;
    let bad_handle = json!({ "users": [{ "handle": "a b" }] });
    for (case, says) in [
        ("an error", MockResponse::status(500)),
        ("no JSON", MockResponse::status(200).body("<html>")),
        ("other JSON", MockResponse::json(200, &json!([1, 2]))),
        ("a bad user", MockResponse::json(200, &bad_handle)),
        ("half a response", MockResponse::json(200, &json!({ "users": [] })).truncated()),
    ] {
        app.users.respond_with(move |_| says.clone());
        assert_partial(&app, case).await;
    }
}

#[tokio::test]
async fn writes_succeed_while_users_is_down() {
    let app = AppBuilder::on_sqlite().start().await;
    app.users.down();
    let new = json!({ "handle": "worf", "message": "Alone", "ttl": "1-day" });
    let posted = app.post("/activities", &new).await;
    assert_eq!((posted.status, &posted.json["display_name"]), (201, &Value::Null));
    assert_eq!(app.reply(SAMPLE_ACTIVITY, "worf", "Alone").await.status, 201);
    assert_eq!(app.like(SAMPLE_ACTIVITY, "quark").await.status, 200);
    assert_eq!(app.notifications_of("andrewbrown", 2).await.len(), 2);
}
