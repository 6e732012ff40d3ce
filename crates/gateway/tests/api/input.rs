//! Invalid input: always a 4xx that reports what is invalid.

use serde_json::json;

use crate::fixture::{SAMPLE_ACTIVITY, TestApp, invalid, problem, send};

#[tokio::test]
async fn blank_path_parameter_is_a_422() {
    let app = TestApp::start().await;
    for (path, code) in [
        ("/api/activities/@", "blank_user_handle"),
        ("/api/activities/@%20", "blank_user_handle"),
        ("/api/users/@/short", "blank_user_handle"),
        ("/api/activities/", "activity_uuid_blank"),
        ("/api/activities/%20", "activity_uuid_blank"),
    ] {
        assert_eq!(app.get(path).await.violations(), [code], "{path}");
    }
    for path in ["/api/activities//reply", "/api/activities//like", "/api/activities/%09/reply"] {
        assert_eq!(app.post(path, &json!({})).await.violations(), ["activity_uuid_blank"], "{path}");
    }
    assert!(app.activities.requests().is_empty() && app.users.requests().is_empty());
}

#[tokio::test]
async fn malformed_path_parameter_is_a_422() {
    let app = TestApp::start().await;
    let long = format!("/api/activities/@{}", "a".repeat(31));
    for path in ["/api/activities/@a%20b", "/api/activities/@%ff", "/api/users/@a%2fb/short", &long] {
        assert_eq!(app.get(path).await.violations(), ["invalid_user_handle"], "{path}");
    }
    for uuid in ["7", "not-a-uuid", "%00", "%F0%9F%98%80", "68f126b01ceb4a3388bed90fa7109eee"] {
        let path = format!("/api/activities/{uuid}");
        assert_eq!(app.get(&path).await.violations(), ["invalid_activity_uuid"], "{path}");
        let (reply, like) = (format!("{path}/reply"), format!("{path}/like"));
        assert_eq!(app.post(&reply, &json!({})).await.violations(), ["invalid_activity_uuid"], "{reply}");
        assert_eq!(app.post(&like, &json!({})).await.violations(), ["invalid_activity_uuid"], "{like}");
    }
    assert!(app.activities.requests().is_empty() && app.users.requests().is_empty());
}

#[tokio::test]
async fn violations_reported_by_a_backend_are_forwarded() {
    let app = TestApp::start().await;
    let reply = format!("/api/activities/{SAMPLE_ACTIVITY}/reply");
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
        app.activities.respond_with(move |_| invalid(code, field));
        let mut request = app.request(method, path);
        if method == "POST" {
            request = request.json(&json!({}));
        }
        let response = send(request).await;
        assert_eq!(response.violations(), [code], "{method} {path}");
        assert_eq!(response.json["errors"][0]["field"], field, "{method} {path}");
        assert!(!response.text.contains("SECRET"), "{}", response.text);
    }
    app.users.respond_with(|_| invalid("display_name_blank", "display_name"));
    let response = app.post("/api/profile/update", &json!({})).await;
    assert_eq!(response.violations(), ["display_name_blank"]);
    assert_eq!(app.users.requests().last().unwrap().json(), json!({"display_name": ""}));
}

#[tokio::test]
async fn not_found_of_a_backend_is_a_404_without_its_texts() {
    let app = TestApp::start().await;
    app.activities.respond_with(|_| problem(404, "activity_not_found"));
    let unknown = format!("/api/activities/{SAMPLE_ACTIVITY}");
    for response in [
        app.get(&unknown).await,
        app.post(&format!("{unknown}/reply"), &json!({"message": "x"})).await,
        app.post(&format!("{unknown}/like"), &json!({})).await,
    ] {
        assert_eq!((response.status, response.code()), (404, "activity_not_found"));
        assert!(!response.text.contains("SECRET"), "{}", response.text);
    }
    for path in ["/api/users/@nobody/short", "/api/activities/@nobody"] {
        let response = app.get(path).await;
        assert_eq!((response.status, response.code()), (404, "user_not_found"), "{path}");
        assert!(!response.text.contains("SECRET"), "{}", response.text);
    }
}

#[tokio::test]
async fn reused_idempotency_key_is_a_422() {
    let app = TestApp::start().await;
    app.activities.respond_with(|_| problem(422, "idempotency_key_reused"));
    let response = app.post("/api/activities", &json!({"message": "x", "ttl": "1-day"})).await;
    assert_eq!((response.status, response.code()), (422, "idempotency_key_reused"));
}

#[tokio::test]
async fn malformed_idempotency_key_is_a_422() {
    let app = TestApp::start().await;
    for key in ["", "a b", &"k".repeat(256)] {
        let post = app.request("POST", "/api/activities").header("Idempotency-Key", key);
        let response = send(post.json(&json!({"message": "x", "ttl": "1-day"}))).await;
        assert_eq!(response.violations(), ["invalid_idempotency_key"], "{key:?}");
    }
    assert!(app.activities.requests().is_empty());
}

#[tokio::test]
async fn unreadable_body_is_a_4xx_with_the_reason() {
    let app = TestApp::start().await;
    let reply = format!("/api/activities/{SAMPLE_ACTIVITY}/reply");
    for path in ["/api/activities", "/api/profile/update", &reply] {
        let post = |body: &[u8], content_type: &str| {
            send(app.request("POST", path).header("Content-Type", content_type).body(body.to_vec()))
        };
        for (body, status, code) in [
            (&b"{\"message\":"[..], 400, "invalid_json"),
            (b"\xff\xfe", 400, "invalid_json"),
            (b"", 400, "invalid_json"),
            (b"{\"message\":5,\"display_name\":5}", 422, "invalid_json_member"),
            (&b" ".repeat(64 * 1024), 413, "body_too_large"),
        ] {
            let response = post(body, "application/json").await;
            assert_eq!((response.status, response.code()), (status, code), "{path} {}", response.text);
        }
        assert_eq!(post(b"{}", "text/plain").await.code(), "unsupported_media_type", "{path}");
    }
    assert!(app.activities.requests().is_empty() && app.users.requests().is_empty());
}

#[tokio::test]
async fn repeated_query_parameter_is_a_400() {
    let app = TestApp::start().await;
    for path in ["/api/activities/home?limit=1&limit=2", "/api/activities/search?term=a&term=b"] {
        let response = app.get(path).await;
        assert_eq!((response.status, response.code()), (400, "invalid_query"), "{path}");
    }
}

#[tokio::test]
async fn unknown_method_or_path_is_a_problem() {
    let app = TestApp::start().await;
    let response = send(app.request("DELETE", "/api/activities/home")).await;
    assert_eq!(
        (response.status, response.code(), response.header("allow")),
        (405, "method_not_allowed", "GET, HEAD")
    );
    for path in ["/nothing/here", "/api", "/api/activities/home/", "/users/worf", "/activities/home"] {
        let response = app.get(path).await;
        assert_eq!((response.status, response.code()), (404, "no_such_path"), "{path}");
    }
}
