//! What is sent again when it failed for a passing reason, and what never is.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use testkit::{MockResponse, MockServer, Request};

use crate::fixture::{ACTIVITY, World, activities, problem, users};

/// From here on, refuses twice and then does what it should.
fn refuse_twice(peer: &MockServer, then: fn(&Request) -> MockResponse) {
    let asked = AtomicUsize::new(0);
    peer.respond_with(move |request| match asked.fetch_add(1, Ordering::SeqCst) {
        0 | 1 => problem(503, "overloaded"),
        _ => then(request),
    });
}

#[tokio::test]
async fn what_only_reads_is_sent_again() {
    let world = World::start().await;
    refuse_twice(&world.activities, activities);
    refuse_twice(&world.users, users);
    let answer = world.get("/api/activities/home").await;
    assert_eq!((answer.status, &answer.json["partial"]), (200, &json!(false)));
    assert_eq!((world.activities.requests().len(), world.users.requests().len()), (3, 3));
}

#[tokio::test]
async fn a_post_is_sent_again_under_the_same_key() {
    let world = World::start().await;
    for path in ["/api/activities".to_owned(), format!("/api/activities/{ACTIVITY}/reply")] {
        let before = world.activities.requests().len();
        refuse_twice(&world.activities, activities);
        assert_eq!(world.post(&path, &json!({"message": "x", "ttl": "1-day"})).await.status, 201, "{path}");
        let requests = world.activities.requests().split_off(before);
        assert_eq!(requests.len(), 3, "{path}");
        let key = requests[0].header("idempotency-key");
        assert!(key.is_some(), "{path}");
        for request in &requests {
            assert_eq!((request.header("idempotency-key"), &request.body), (key, &requests[0].body));
        }
    }
}

#[tokio::test]
async fn what_has_no_key_and_changes_something_is_sent_once() {
    let world = World::start().await;
    refuse_twice(&world.activities, activities);
    let answer = world.post(&format!("/api/activities/{ACTIVITY}/like"), &json!({})).await;
    assert_eq!((answer.status, answer.code()), (503, "activities_unavailable"));
    assert_eq!(world.activities.requests().len(), 1);
    refuse_twice(&world.users, users);
    let answer = world.post("/api/profile/update", &json!({"display_name": "x"})).await;
    assert_eq!((answer.status, answer.code()), (503, "users_unavailable"));
    assert_eq!(world.users.requests().len(), 1);
}

#[tokio::test]
async fn what_keeps_failing_is_sent_three_times() {
    let world = World::start().await;
    world.activities.respond_with(|_| problem(503, "overloaded"));
    assert_eq!(world.get("/api/activities/home").await.code(), "activities_unavailable");
    assert_eq!(world.activities.requests().len(), 3);
}

#[tokio::test]
async fn nothing_is_sent_again_when_half_of_the_time_is_over() {
    let world = World::start().await;
    world.users.respond_with(|_| problem(503, "overloaded").delayed_by(Duration::from_millis(300)));
    assert_eq!(world.get("/api/users/@worf/short").await.code(), "users_unavailable");
    assert_eq!(world.users.requests().len(), 1);
}

#[tokio::test]
async fn what_was_refused_for_good_is_sent_once() {
    let world = World::start().await;
    world.activities.respond_with(|_| problem(500, "internal_error"));
    world.get("/api/activities/home").await;
    assert_eq!(world.activities.requests().len(), 1);
}
