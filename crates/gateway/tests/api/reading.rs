//! Read endpoints, and the backend calls that they make.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use crate::fixture::{SAMPLE_ACTIVITY, TestApp};

#[tokio::test]
async fn home_feed_contains_a_page_and_the_viewer() {
    let app = TestApp::start().await;
    let response = app.get("/api/activities/home?limit=5&cursor=abc").await;
    assert_eq!(response.status, 200);
    assert_eq!(response.json["activities"][0]["message"], "Cloud is very fun!");
    assert_eq!(response.json["next_cursor"], "next");
    assert_eq!(
        response.json["viewer"],
        json!({"uuid": "00000000-0000-8000-8000-000000000004", "handle": "andrewbrown",
               "display_name": "The andrewbrown"})
    );
    assert_eq!(response.json["partial"], false);
    assert_eq!(app.activities.requests()[0].target, "/activities/home?limit=5&cursor=abc");
    assert_eq!(app.users.requests()[0].target, "/users/andrewbrown");
}

#[tokio::test]
async fn home_feed_calls_both_services_concurrently() {
    use std::sync::{Arc, Barrier};
    let app = TestApp::start().await;
    // Each backend responds only after the other has received its request.
    let both = Arc::new(Barrier::new(2));
    let other = Arc::clone(&both);
    app.activities.respond_with(move |request| {
        both.wait();
        crate::fixture::activities(request)
    });
    app.users.respond_with(move |request| {
        other.wait();
        crate::fixture::users(request)
    });
    let response = app.get("/api/activities/home").await;
    assert_eq!((response.status, &response.json["partial"]), (200, &json!(false)));
}

#[tokio::test]
async fn profile_combines_both_services() {
    let app = TestApp::start().await;
    let response = app.get("/api/activities/@Worf?limit=3").await;
    assert_eq!(response.status, 200);
    assert_eq!(
        response.json["profile"],
        json!({"uuid": "00000000-0000-8000-8000-000000000004", "handle": "worf", "display_name": "The worf",
               "bio": "Son of Mogh", "cruds_count": 7})
    );
    assert_eq!(response.json["activities"][0]["display_name"], "The worf", "the gateway knows the name");
    assert_eq!(response.json["next_cursor"], "next");
    let mut requested: Vec<String> =
        app.activities.requests().into_iter().map(|request| request.target).collect();
    requested.sort();
    assert_eq!(requested, ["/activities/by/worf/count", "/activities/by/worf?limit=3"]);
}

#[tokio::test]
async fn notifications_are_those_of_the_caller() {
    let app = TestApp::start().await;
    let response = app.get("/api/activities/notifications?limit=2").await;
    assert_eq!((response.status, &response.json["notifications"][0]["kind"]), (200, &json!("reply")));
    assert_eq!(app.activities.requests()[0].target, "/notifications/andrewbrown?limit=2");
}

#[tokio::test]
async fn search_term_is_forwarded_unchanged() {
    let app = TestApp::start().await;
    let response = app.get("/api/activities/search?term=a%26b%20%C3%A9&cursor=c").await;
    assert_eq!((response.status, &response.json["partial"]), (200, &json!(false)));
    assert_eq!(app.activities.requests()[0].target, "/activities/search?term=a%26b+%C3%A9&cursor=c");
}

#[tokio::test]
async fn activity_is_returned_with_its_replies() {
    let app = TestApp::start().await;
    let response = app.get(&format!("/api/activities/{SAMPLE_ACTIVITY}")).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.json["replies"][0]["message"], "This post has no honor!");
    assert_eq!(response.json["replies"][0]["reply_to_activity_uuid"], SAMPLE_ACTIVITY);
}

#[tokio::test]
async fn cursor_of_older_replies_is_forwarded_and_returned() {
    let app = TestApp::start().await;
    let response = app.get(&format!("/api/activities/{SAMPLE_ACTIVITY}?cursor=older")).await;
    assert_eq!((response.status, &response.json["replies_cursor"]), (200, &json!("before")));
    assert_eq!(app.activities.requests()[0].target, format!("/activities/{SAMPLE_ACTIVITY}?cursor=older"));
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.json;
    let paths = document["paths"].as_object().unwrap().iter().filter(|(_, item)| item.get("get").is_some());
    let paths = paths.map(|(path, _)| path.replace("{handle}", "worf").replace("{uuid}", SAMPLE_ACTIVITY));
    let others = ["/health/live", "/health/ready", "/nothing", "/api/activities/search?term=x"];
    for path in paths.chain(others.map(str::to_owned)) {
        let (get, head) = (raw(&app, "GET", &path).await, raw(&app, "HEAD", &path).await);
        for line in ["HTTP/1.1 ", "content-length: "] {
            let of = |response: &str| response.lines().find(|sent| sent.starts_with(line)).map(str::to_owned);
            assert_eq!(of(&head), of(&get), "{path}");
        }
        assert!(head.ends_with("\r\n\r\n"), "{path} has a body");
    }
}

/// The bytes of a response: clients ignore the body of a response to `HEAD`, and would take it for the next response.
async fn raw(app: &TestApp, method: &str, path: &str) -> String {
    let address = app.gateway.url().trim_start_matches("http://").to_owned();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn short_user_has_three_members() {
    let app = TestApp::start().await;
    let response = app.get("/api/users/@worf/short").await;
    assert_eq!(response.status, 200);
    assert_eq!(
        response.json,
        json!({"uuid": "00000000-0000-8000-8000-000000000004", "handle": "worf", "display_name": "The worf"})
    );
}

#[tokio::test]
async fn welcome_and_health_check_call_no_backend() {
    let app = TestApp::start().await;
    let (welcome, health) = (app.get("/").await, app.get("/api/health-check").await);
    assert_eq!((welcome.status, &welcome.json["home"]), (200, &json!("/api/activities/home")));
    assert_eq!((health.status, &health.json), (200, &json!({"status": "ok"})));
    assert!(app.activities.requests().is_empty() && app.users.requests().is_empty());
}
