//! What the caller hears of trouble behind the gateway: that there is some, and nothing of what it is.

use std::time::Duration;

use serde_json::json;
use testkit::MockResponse;

use crate::fixture::{ACTIVITY, Answer, World, problem, send};

/// One request for each endpoint that needs activities.
async fn everything_of_activities(world: &World) -> Vec<Answer> {
    let post = json!({"message": "x", "ttl": "1-day"});
    vec![
        world.get("/api/activities/home").await,
        world.get("/api/activities/notifications").await,
        world.get("/api/activities/search?term=x").await,
        world.get("/api/activities/@worf").await,
        world.get(&format!("/api/activities/{ACTIVITY}")).await,
        world.post("/api/activities", &post).await,
        world.post(&format!("/api/activities/{ACTIVITY}/reply"), &post).await,
        world.post(&format!("/api/activities/{ACTIVITY}/like"), &post).await,
    ]
}

/// One request for each endpoint that needs users.
async fn everything_of_users(world: &World) -> Vec<Answer> {
    vec![
        world.get("/api/activities/@worf").await,
        world.get("/api/users/@worf/short").await,
        world.post("/api/profile/update", &json!({"display_name": "x"})).await,
    ]
}

#[tokio::test]
async fn with_activities_down_it_is_a_503_that_says_when_to_try_again() {
    let world = World::start().await;
    world.activities.down();
    for answer in everything_of_activities(&world).await {
        assert_eq!((answer.status, answer.code()), (503, "activities_unavailable"));
        assert_eq!(answer.header("retry-after"), "1");
        assert!(!answer.text.contains("127.0.0.1"), "{}", answer.text);
    }
}

#[tokio::test]
async fn with_users_down_what_needs_them_is_a_503() {
    let world = World::start().await;
    world.users.down();
    for answer in everything_of_users(&world).await {
        assert_eq!((answer.status, answer.code()), (503, "users_unavailable"));
        assert_eq!(answer.header("retry-after"), "1");
    }
    assert_eq!(world.get(&format!("/api/activities/{ACTIVITY}")).await.status, 200, "the rest goes on");
}

#[tokio::test]
async fn with_activities_silent_it_is_a_503_when_the_time_is_over() {
    let world = World::with(|gateway| gateway.env("ACTIVITIES_TIMEOUT_MS", "200")).await;
    world.activities.respond_with(|_| MockResponse::never());
    let answer = world.get("/api/activities/home").await;
    assert_eq!((answer.status, answer.code()), (503, "activities_unavailable"));
    assert!(answer.after >= Duration::from_millis(200), "{:?}", answer.after);
    assert_eq!(world.activities.requests().len(), 1, "a slow service is not asked again");
}

#[tokio::test]
async fn what_goes_wrong_inside_is_a_502_without_its_words() {
    let world = World::start().await;
    for inner in [
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
        let (first, second) = (inner.clone(), inner.clone());
        world.activities.respond_with(move |_| first.clone());
        for answer in everything_of_activities(&world).await {
            assert_eq!((answer.status, answer.code()), (502, "activities_failed"), "{inner:?}");
            assert!(!answer.text.contains("SECRET"), "{}", answer.text);
        }
        world.activities.respond_with(crate::fixture::activities);
        world.users.respond_with(move |_| second.clone());
        for answer in everything_of_users(&world).await {
            assert_eq!((answer.status, answer.code()), (502, "users_failed"), "{inner:?}");
            assert!(!answer.text.contains("SECRET"), "{}", answer.text);
        }
        world.users.respond_with(crate::fixture::users);
    }
}

#[tokio::test]
async fn an_answer_that_has_no_end_is_a_502() {
    let world = World::start().await;
    world.activities.respond_with(|_| {
        MockResponse::status(200).header("content-type", "application/json").body(vec![b' '; 5 * 1024 * 1024])
    });
    let answer = world.get("/api/activities/home").await;
    assert_eq!((answer.status, answer.code()), (502, "activities_failed"));
}

#[tokio::test]
async fn hostile_headers_are_no_reason_to_fail() {
    let world = World::start().await;
    for (name, value) in [
        ("traceparent", "00-00000000000000000000000000000000-0000000000000000-01"),
        ("traceparent", "zz"),
        ("baggage", "k=v;m=a%0Ab"),
        ("tracestate", "=,=,==="),
        ("authorization", "Bearer nonsense"),
        ("accept-encoding", "nonsense;q=7"),
    ] {
        let answer = send(world.request("GET", "/api/activities/home").header(name, value)).await;
        assert_eq!((answer.status, &answer.json["partial"]), (200, &json!(false)), "{name}: {value}");
    }
}
