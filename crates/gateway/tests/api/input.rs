//! Bad input of any kind gets a 4xx that says what was wrong.

use serde_json::json;

use crate::fixture::{ACTIVITY, World, invalid, problem, send};

#[tokio::test]
async fn a_path_without_a_name_in_it_is_told_so() {
    let world = World::start().await;
    for (path, code) in [
        ("/api/activities/@", "blank_user_handle"),
        ("/api/activities/@%20", "blank_user_handle"),
        ("/api/users/@/short", "blank_user_handle"),
        ("/api/activities/", "activity_uuid_blank"),
        ("/api/activities/%20", "activity_uuid_blank"),
    ] {
        assert_eq!(world.get(path).await.violations(), [code], "{path}");
    }
    for path in ["/api/activities//reply", "/api/activities//like", "/api/activities/%09/reply"] {
        assert_eq!(world.post(path, &json!({})).await.violations(), ["activity_uuid_blank"], "{path}");
    }
    assert!(world.activities.requests().is_empty() && world.users.requests().is_empty());
}

#[tokio::test]
async fn a_name_that_is_none_is_told_so() {
    let world = World::start().await;
    let long = format!("/api/activities/@{}", "a".repeat(31));
    for path in ["/api/activities/@a%20b", "/api/activities/@%ff", "/api/users/@a%2fb/short", &long] {
        assert_eq!(world.get(path).await.violations(), ["invalid_user_handle"], "{path}");
    }
    for uuid in ["7", "not-a-uuid", "%00", "%F0%9F%98%80", "68f126b01ceb4a3388bed90fa7109eee"] {
        let path = format!("/api/activities/{uuid}");
        assert_eq!(world.get(&path).await.violations(), ["invalid_activity_uuid"], "{path}");
        let (reply, like) = (format!("{path}/reply"), format!("{path}/like"));
        assert_eq!(world.post(&reply, &json!({})).await.violations(), ["invalid_activity_uuid"], "{reply}");
        assert_eq!(world.post(&like, &json!({})).await.violations(), ["invalid_activity_uuid"], "{like}");
    }
    assert!(world.activities.requests().is_empty() && world.users.requests().is_empty());
}

#[tokio::test]
async fn what_an_inner_service_found_wrong_with_the_input_is_passed_on() {
    let world = World::start().await;
    let reply = format!("/api/activities/{ACTIVITY}/reply");
    for (method, path, code, field) in [
        ("POST", "/api/activities", "message_blank", "message"),
        ("POST", "/api/activities", "message_exceed_max_chars", "message"),
        ("POST", "/api/activities", "ttl_blank", "ttl"),
        ("POST", &reply, "message_blank", "message"),
        ("GET", "/api/activities/search", "search_term_blank", "term"),
        ("GET", "/api/activities/home?limit=0", "invalid_limit", "limit"),
        ("GET", "/api/activities/home?cursor=x", "invalid_cursor", "cursor"),
        ("GET", "/api/activities/@worf?cursor=x", "invalid_cursor", "cursor"),
        ("GET", "/api/activities/notifications?cursor=x", "invalid_cursor", "cursor"),
    ] {
        world.activities.respond_with(move |_| invalid(code, field));
        let mut request = world.request(method, path);
        if method == "POST" {
            request = request.json(&json!({}));
        }
        let answer = send(request).await;
        assert_eq!(answer.violations(), [code], "{method} {path}");
        assert_eq!(answer.json["errors"][0]["field"], field, "{method} {path}");
        assert!(!answer.text.contains("SECRET"), "{}", answer.text);
    }
    world.users.respond_with(|_| invalid("display_name_blank", "display_name"));
    let answer = world.post("/api/profile/update", &json!({})).await;
    assert_eq!(answer.violations(), ["display_name_blank"]);
    assert_eq!(world.users.requests().last().unwrap().json(), json!({"display_name": ""}));
}

#[tokio::test]
async fn what_is_not_there_is_a_404_in_the_gateways_own_words() {
    let world = World::start().await;
    world.activities.respond_with(|_| problem(404, "activity_not_found"));
    let unknown = format!("/api/activities/{ACTIVITY}");
    for answer in [
        world.get(&unknown).await,
        world.post(&format!("{unknown}/reply"), &json!({"message": "x"})).await,
        world.post(&format!("{unknown}/like"), &json!({})).await,
    ] {
        assert_eq!((answer.status, answer.code()), (404, "activity_not_found"));
        assert!(!answer.text.contains("SECRET"), "{}", answer.text);
    }
    for path in ["/api/users/@nobody/short", "/api/activities/@nobody"] {
        let answer = world.get(path).await;
        assert_eq!((answer.status, answer.code()), (404, "user_not_found"), "{path}");
        assert!(!answer.text.contains("SECRET"), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_key_that_came_with_something_else_is_a_422() {
    let world = World::start().await;
    world.activities.respond_with(|_| problem(422, "idempotency_key_reused"));
    let answer = world.post("/api/activities", &json!({"message": "x", "ttl": "1-day"})).await;
    assert_eq!((answer.status, answer.code()), (422, "idempotency_key_reused"));
}

#[tokio::test]
async fn an_idempotency_key_that_is_none_is_a_422() {
    let world = World::start().await;
    for key in ["", "a b", &"k".repeat(256)] {
        let post = world.request("POST", "/api/activities").header("Idempotency-Key", key);
        let answer = send(post.json(&json!({"message": "x", "ttl": "1-day"}))).await;
        assert_eq!(answer.violations(), ["invalid_idempotency_key"], "{key:?}");
    }
    assert!(world.activities.requests().is_empty());
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_a_4xx_that_says_why() {
    let world = World::start().await;
    let reply = format!("/api/activities/{ACTIVITY}/reply");
    for path in ["/api/activities", "/api/profile/update", &reply] {
        let post = |body: &[u8], content_type: &str| {
            send(world.request("POST", path).header("Content-Type", content_type).body(body.to_vec()))
        };
        for (body, status, code) in [
            (&b"{\"message\":"[..], 400, "invalid_json"),
            (b"\xff\xfe", 400, "invalid_json"),
            (b"", 400, "invalid_json"),
            (b"{\"message\":5,\"display_name\":5}", 422, "invalid_json_member"),
            (&b" ".repeat(64 * 1024), 413, "body_too_large"),
        ] {
            let answer = post(body, "application/json").await;
            assert_eq!((answer.status, answer.code()), (status, code), "{path} {}", answer.text);
        }
        assert_eq!(post(b"{}", "text/plain").await.code(), "unsupported_media_type", "{path}");
    }
    assert!(world.activities.requests().is_empty() && world.users.requests().is_empty());
}

#[tokio::test]
async fn a_query_that_says_a_thing_twice_is_a_400() {
    let world = World::start().await;
    for path in ["/api/activities/home?limit=1&limit=2", "/api/activities/search?term=a&term=b"] {
        let answer = world.get(path).await;
        assert_eq!((answer.status, answer.code()), (400, "invalid_query"), "{path}");
    }
}

#[tokio::test]
async fn another_method_or_path_is_a_problem_too() {
    let world = World::start().await;
    let answer = send(world.request("DELETE", "/api/activities/home")).await;
    assert_eq!((answer.status, answer.code(), answer.header("allow")), (405, "method_not_allowed", "GET"));
    for path in ["/nothing/here", "/api", "/api/activities/home/", "/users/worf", "/activities/home"] {
        let answer = world.get(path).await;
        assert_eq!((answer.status, answer.code()), (404, "no_such_path"), "{path}");
    }
}
