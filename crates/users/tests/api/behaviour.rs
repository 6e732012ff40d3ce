//! Behaviour of users. `sqlite` and `postgres` run every test here.

use serde_json::json;
use testkit::{Process, send};

use crate::fixture::{get, patch, post, request};

pub(crate) async fn first_start_adds_the_sample_users(users: &Process) {
    let worf = get(users, "/users/worf").await;
    assert_eq!((worf.status, &worf.json["display_name"]), (200, &json!("Worf")));
    for handle in ["andrewbrown", "bayko", "altbrown", "londo", "garek"] {
        assert_eq!(get(users, &format!("/users/{handle}")).await.status, 200, "{handle}");
    }
}

pub(crate) async fn handle_lookup_ignores_case(users: &Process) {
    assert_eq!(get(users, "/users/AndrewBrown").await.json["handle"], "andrewbrown");
}

pub(crate) async fn unknown_user_is_a_404(users: &Process) {
    let response = get(users, "/users/nobody").await;
    assert_eq!((response.status, response.code()), (404, "user_not_found"));
}

pub(crate) async fn malformed_handle_is_a_422(users: &Process) {
    for path in ["/users/a%20b", "/users/%ff", "/users/a%00b", "/users/..%2f..%2fetc", "/users/%F0%9F%98%80"]
    {
        let response = get(users, path).await;
        assert_eq!((response.status, response.violations()), (422, vec!["invalid_user_handle"]), "{path}");
    }
}

pub(crate) async fn list_returns_each_known_user_once(users: &Process) {
    let response = get(users, "/users?handles=worf,londo,nobody,worf").await;
    assert_eq!(response.status, 200);
    let mut handles: Vec<_> = response.json["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["handle"].as_str().unwrap())
        .collect();
    handles.sort_unstable();
    assert_eq!(handles, ["londo", "worf"]);
}

pub(crate) async fn malformed_or_too_long_list_of_handles_is_a_422(users: &Process) {
    let long = vec!["worf"; 101].join(",");
    let (most, empty) = (vec!["worf"; 100].join(","), String::new());
    for (list, code) in [
        (long.as_str(), "too_many_handles"),
        ("a,,b", "blank_user_handle"),
        ("a,b%20c", "invalid_user_handle"),
        (empty.as_str(), "blank_user_handle"),
    ] {
        let response = get(users, &format!("/users?handles={list}")).await;
        assert_eq!((response.status, response.violations()), (422, vec![code]), "{list}");
    }
    assert_eq!(get(users, &format!("/users?handles={most}")).await.status, 200);
    assert_eq!(get(users, "/users").await.violations(), ["blank_user_handle"]);
}

pub(crate) async fn created_user_can_be_read(users: &Process) {
    let new =
        json!({ "handle": "Quark", "display_name": " Quark ", "bio": "Rule 1: once you have their money…" });
    let created = post(users, &new).await;
    assert_eq!((created.status, &created.json["handle"]), (201, &json!("quark")));
    assert_eq!(created.json["display_name"], "Quark");
    assert_eq!(get(users, "/users/quark").await.json, created.json);
}

pub(crate) async fn taken_handle_is_a_409(users: &Process) {
    let response = post(users, &json!({ "handle": "worf", "display_name": "Another" })).await;
    assert_eq!((response.status, response.code()), (409, "handle_taken"));
    assert_eq!(get(users, "/users/worf").await.json["display_name"], "Worf");
}

pub(crate) async fn same_idempotency_key_creates_one_user(users: &Process) {
    let send_with_key = async |handle: &str| {
        let json = json!({ "handle": handle, "display_name": "Once" });
        send(request(users, "POST", "/users").header("Idempotency-Key", "key-1").json(&json)).await
    };
    let (first, again) = (send_with_key("once").await, send_with_key("once").await);
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.json, again.json);
    let other = send_with_key("twice").await;
    assert_eq!((other.status, other.code()), (422, "idempotency_key_reused"));
    assert_eq!(get(users, "/users/twice").await.status, 404);
}

pub(crate) async fn malformed_idempotency_key_is_a_422(users: &Process) {
    let json = json!({ "handle": "keyless", "display_name": "Keyless" });
    for key in ["", "a b", &"k".repeat(256)] {
        let response =
            send(request(users, "POST", "/users").header("Idempotency-Key", key).json(&json)).await;
        assert_eq!(
            (response.status, response.violations()),
            (422, vec!["invalid_idempotency_key"]),
            "{key:?}"
        );
    }
}

pub(crate) async fn every_violation_of_a_new_user_is_reported_at_once(users: &Process) {
    let long = json!({ "handle": "a-b", "display_name": "n".repeat(51), "bio": "b".repeat(161) });
    assert_eq!(
        post(users, &long).await.violations(),
        ["invalid_user_handle", "display_name_exceed_max_chars", "bio_exceed_max_chars"]
    );
    assert_eq!(post(users, &json!({})).await.violations(), ["blank_user_handle", "display_name_blank"]);
    let control = json!({ "handle": "nul", "display_name": "a\u{0}b", "bio": "\u{7}" });
    assert_eq!(post(users, &control).await.violations(), ["display_name_invalid", "bio_invalid"]);
}

pub(crate) async fn update_changes_only_the_given_fields(users: &Process) {
    let before = get(users, "/users/garek").await.json;
    let after = patch(users, "garek", &json!({ "bio": "Definitely not a spy" })).await;
    assert_eq!((after.status, &after.json["bio"]), (200, &json!("Definitely not a spy")));
    assert_eq!(after.json["display_name"], before["display_name"]);
    assert_eq!(get(users, "/users/garek").await.json, after.json);
    assert_eq!(patch(users, "garek", &json!({})).await.json, after.json);
}

pub(crate) async fn invalid_update_is_a_422_and_changes_nothing(users: &Process) {
    let before = get(users, "/users/londo").await.json;
    assert_eq!(
        patch(users, "londo", &json!({ "display_name": "" })).await.violations(),
        ["display_name_blank"]
    );
    assert_eq!(patch(users, "nobody", &json!({ "bio": "x" })).await.code(), "user_not_found");
    assert_eq!(get(users, "/users/londo").await.json, before);
}

pub(crate) async fn unreadable_body_is_a_4xx_with_the_reason(users: &Process) {
    let post = |body: &[u8], content_type: &str| {
        send(request(users, "POST", "/users").header("Content-Type", content_type).body(body.to_vec()))
    };
    for (body, status, code) in [
        (&b"{\"handle\":"[..], 400, "invalid_json"),
        (b"\xff\xfe", 400, "invalid_json"),
        (b"{\"handle\":5}", 422, "invalid_json_member"),
        (b"{\"handle\":\"\xff\"}", 400, "invalid_json"),
        (b"", 400, "invalid_json"),
        (&b" ".repeat(64 * 1024), 413, "body_too_large"),
    ] {
        let response = post(body, "application/json").await;
        assert_eq!(
            (response.status, response.code()),
            (status, code),
            "{:?}",
            String::from_utf8_lossy(&body[..body.len().min(20)])
        );
    }
    assert_eq!(post(b"{}", "text/plain").await.code(), "unsupported_media_type");
}

pub(crate) async fn unknown_method_or_path_is_a_problem(users: &Process) {
    let response = send(request(users, "DELETE", "/users/worf")).await;
    assert_eq!((response.status, response.code()), (405, "method_not_allowed"));
    let response = get(users, "/nothing/here").await;
    assert_eq!((response.status, response.code()), (404, "no_such_path"));
    assert!(response.traceresponse().is_some(), "{response:?}");
    assert_eq!(
        response.json["trace_id"].as_str(),
        response.traceresponse().and_then(|value| value.get(3..35))
    );
}

/// Passes every test to a macro: `$case!(name, ..)`.
macro_rules! all {
    ($case:ident) => {
        $case!(
            first_start_adds_the_sample_users,
            handle_lookup_ignores_case,
            unknown_user_is_a_404,
            malformed_handle_is_a_422,
            list_returns_each_known_user_once,
            malformed_or_too_long_list_of_handles_is_a_422,
            created_user_can_be_read,
            taken_handle_is_a_409,
            same_idempotency_key_creates_one_user,
            malformed_idempotency_key_is_a_422,
            every_violation_of_a_new_user_is_reported_at_once,
            update_changes_only_the_given_fields,
            invalid_update_is_a_422_and_changes_nothing,
            unreadable_body_is_a_4xx_with_the_reason,
            unknown_method_or_path_is_a_problem,
        );
    };
}

pub(crate) use all;
