//! What can be read, and from where it comes.

use serde_json::json;

use crate::fixture::{ACTIVITY, World};

#[tokio::test]
async fn the_home_feed_is_a_page_and_its_viewer() {
    let world = World::start().await;
    let answer = world.get("/api/activities/home?limit=5&cursor=abc").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json["activities"][0]["message"], "Cloud is very fun!");
    assert_eq!(answer.json["next_cursor"], "next");
    assert_eq!(
        answer.json["viewer"],
        json!({"uuid": "00000000-0000-8000-8000-000000000004", "handle": "andrewbrown",
               "display_name": "The andrewbrown"})
    );
    assert_eq!(answer.json["partial"], false);
    assert_eq!(world.activities.requests()[0].target, "/activities/home?limit=5&cursor=abc");
    assert_eq!(world.users.requests()[0].target, "/users/andrewbrown");
}

#[tokio::test]
async fn the_two_calls_of_the_feed_run_at_the_same_time() {
    use std::sync::{Arc, Barrier};
    let world = World::start().await;
    // Each answers only once the other was asked.
    let both = Arc::new(Barrier::new(2));
    let other = Arc::clone(&both);
    world.activities.respond_with(move |request| {
        both.wait();
        crate::fixture::activities(request)
    });
    world.users.respond_with(move |request| {
        other.wait();
        crate::fixture::users(request)
    });
    let answer = world.get("/api/activities/home").await;
    assert_eq!((answer.status, &answer.json["partial"]), (200, &json!(false)));
}

#[tokio::test]
async fn a_profile_is_put_together_from_both_services() {
    let world = World::start().await;
    let answer = world.get("/api/activities/@Worf?limit=3").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json["profile"],
        json!({"uuid": "00000000-0000-8000-8000-000000000004", "handle": "worf", "display_name": "The worf",
               "bio": "Son of Mogh", "cruds_count": 7})
    );
    assert_eq!(answer.json["activities"][0]["display_name"], "The worf", "the name is known here");
    assert_eq!(answer.json["next_cursor"], "next");
    let mut asked: Vec<String> =
        world.activities.requests().into_iter().map(|request| request.target).collect();
    asked.sort();
    assert_eq!(asked, ["/activities/by/worf/count", "/activities/by/worf?limit=3"]);
}

#[tokio::test]
async fn notifications_are_the_callers() {
    let world = World::start().await;
    let answer = world.get("/api/activities/notifications?limit=2").await;
    assert_eq!((answer.status, &answer.json["notifications"][0]["kind"]), (200, &json!("reply")));
    assert_eq!(world.activities.requests()[0].target, "/notifications/andrewbrown?limit=2");
}

#[tokio::test]
async fn a_search_passes_its_term_on_as_it_is() {
    let world = World::start().await;
    let answer = world.get("/api/activities/search?term=a%26b%20%C3%A9&cursor=c").await;
    assert_eq!((answer.status, &answer.json["partial"]), (200, &json!(false)));
    assert_eq!(world.activities.requests()[0].target, "/activities/search?term=a%26b+%C3%A9&cursor=c");
}

#[tokio::test]
async fn an_activity_comes_with_its_replies() {
    let world = World::start().await;
    let answer = world.get(&format!("/api/activities/{ACTIVITY}")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json["replies"][0]["message"], "This post has no honor!");
    assert_eq!(answer.json["replies"][0]["reply_to_activity_uuid"], ACTIVITY);
}

#[tokio::test]
async fn a_user_in_short_has_three_members() {
    let world = World::start().await;
    let answer = world.get("/api/users/@worf/short").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json,
        json!({"uuid": "00000000-0000-8000-8000-000000000004", "handle": "worf", "display_name": "The worf"})
    );
}

#[tokio::test]
async fn the_front_door_and_the_health_check_need_nobody() {
    let world = World::start().await;
    let (welcome, health) = (world.get("/").await, world.get("/api/health-check").await);
    assert_eq!((welcome.status, &welcome.json["home"]), (200, &json!("/api/activities/home")));
    assert_eq!((health.status, &health.json), (200, &json!({"status": "ok"})));
    assert!(world.activities.requests().is_empty() && world.users.requests().is_empty());
}
