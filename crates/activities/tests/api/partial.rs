//! Without users: pages without names, never an error, and never late.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::MockResponse;

use crate::fixture::{FIRST, Fresh, World};

/// The longest that a page may take, whatever users do.
const PATIENCE: Duration = Duration::from_secs(1);

/// Asks for everything that has names; it must be there in time, without them.
async fn assert_partial(world: &World, what: &str) {
    for path in ["/activities/home", "/activities/by/worf", "/activities/search?term=cloud"] {
        let start = Instant::now();
        let page = world.get(path).await;
        let took = start.elapsed();
        assert_eq!((page.status, &page.json["partial"]), (200, &json!(true)), "{what}: {path}");
        let names = page.each("activities", |activity| activity["display_name"].clone());
        assert!(!names.is_empty() && names.iter().all(Value::is_null), "{what}: {path}: {names:?}");
        assert!(took < PATIENCE, "{what}: {path} took {took:?}");
    }
    let start = Instant::now();
    let activity = world.get(&format!("/activities/{FIRST}")).await;
    assert_eq!((activity.status, &activity.json["display_name"]), (200, &Value::Null), "{what}");
    assert!(start.elapsed() < PATIENCE, "{what}");
}

#[tokio::test]
async fn without_users_a_page_has_no_names() {
    let world = Fresh::on_sqlite().start().await;
    world.users.down();
    assert_partial(&world, "down").await;
    world.users.up();
    assert_eq!(world.get("/activities/home").await.json["partial"], false);
}

#[tokio::test]
async fn with_users_that_never_answer_a_page_comes_in_time() {
    let world = Fresh::on_sqlite().start().await;
    world.users.respond_with(|_| MockResponse::never());
    assert_partial(&world, "silent").await;
}

#[tokio::test]
async fn with_users_that_fail_late_a_page_comes_in_time() {
    let world = Fresh::on_sqlite().start().await;
    world.users.respond_with(|_| MockResponse::status(503).delayed_by(Duration::from_millis(350)));
    assert_partial(&world, "failing late").await;
}

#[tokio::test]
async fn with_users_that_talk_nonsense_a_page_has_no_names() {
    let world = Fresh::on_sqlite().start().await;
    let bad_handle = json!({ "users": [{ "handle": "a b" }] });
    for (what, says) in [
        ("an error", MockResponse::status(500)),
        ("no JSON", MockResponse::status(200).body("<html>")),
        ("other JSON", MockResponse::json(200, &json!([1, 2]))),
        ("a bad user", MockResponse::json(200, &bad_handle)),
        ("half an answer", MockResponse::json(200, &json!({ "users": [] })).truncated()),
    ] {
        world.users.respond_with(move |_| says.clone());
        assert_partial(&world, what).await;
    }
}

#[tokio::test]
async fn posting_needs_no_users() {
    let world = Fresh::on_sqlite().start().await;
    world.users.down();
    let new = json!({ "handle": "worf", "message": "Alone", "ttl": "1-day" });
    let posted = world.post("/activities", &new).await;
    assert_eq!((posted.status, &posted.json["display_name"]), (201, &Value::Null));
    assert_eq!(world.reply(FIRST, "worf", "Alone").await.status, 201);
    assert_eq!(world.like(FIRST, "quark").await.status, 200);
    assert_eq!(world.told("andrewbrown", 2).await.len(), 2);
}
