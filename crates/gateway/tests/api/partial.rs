//! The home feed without users: there within a second, and says that it is partial.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::MockResponse;

use crate::fixture::{World, page, problem};

/// What a reader waits for the feed, at most.
const A_SECOND: Duration = Duration::from_secs(1);

async fn assert_partial(world: &World, why: &str) {
    let answer = world.get("/api/activities/home").await;
    assert_eq!(answer.status, 200, "{why}");
    assert_eq!(answer.json["partial"], true, "{why}");
    assert_eq!(answer.json["viewer"], Value::Null, "{why}");
    assert_eq!(answer.json["activities"][0]["message"], "Cloud is very fun!", "{why}");
    assert!(answer.after < A_SECOND, "{why}: {:?}", answer.after);
    assert!(!answer.text.contains("SECRET"), "{why}: {}", answer.text);
}

#[tokio::test]
async fn with_users_down() {
    let world = World::start().await;
    world.users.down();
    assert_partial(&world, "down").await;
    world.users.up();
    assert_eq!(world.get("/api/activities/home").await.json["partial"], false);
}

#[tokio::test]
async fn with_users_silent() {
    let world = World::start().await;
    world.users.respond_with(|_| MockResponse::never());
    assert_partial(&world, "silent").await;
}

#[tokio::test]
async fn with_users_failing_late_again_and_again() {
    let world = World::start().await;
    world.users.respond_with(|_| problem(503, "overloaded").delayed_by(Duration::from_millis(240)));
    assert_partial(&world, "late 503s").await;
}

#[tokio::test]
async fn with_users_talking_nonsense() {
    let world = World::start().await;
    world.users.respond_with(|_| problem(500, "internal_error"));
    assert_partial(&world, "500").await;
    world.users.respond_with(|_| MockResponse::json(200, &json!({"SECRET": 1})));
    assert_partial(&world, "another JSON").await;
    world.users.respond_with(|_| MockResponse::json(200, &json!({"uuid": "half of it"})).truncated());
    assert_partial(&world, "half an answer").await;
    world.users.respond_with(|_| MockResponse::status(302).header("location", "/elsewhere"));
    assert_partial(&world, "a redirection").await;
}

#[tokio::test]
async fn with_a_viewer_whom_users_does_not_know_nothing_is_missing() {
    let world = World::start().await;
    world.users.respond_with(|_| problem(404, "user_not_found"));
    let answer = world.get("/api/activities/home").await;
    assert_eq!((answer.status, &answer.json["viewer"]), (200, &Value::Null));
    assert_eq!(answer.json["partial"], false);
}

#[tokio::test]
async fn with_activities_that_could_not_have_the_names() {
    let world = World::start().await;
    world.activities.respond_with(|_| {
        let mut page = page();
        page["partial"] = json!(true);
        MockResponse::json(200, &page)
    });
    for path in ["/api/activities/home", "/api/activities/search?term=cloud"] {
        let answer = world.get(path).await;
        assert_eq!((answer.status, &answer.json["partial"]), (200, &json!(true)), "{path}");
    }
}
