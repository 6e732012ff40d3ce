//! Invalid input: always a 4xx that reports what is invalid.

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use serde_json::json;
use testkit::send;

use crate::fixture::{AppBuilder, SAMPLE_ACTIVITY};

pub(crate) async fn invalid_limit_or_cursor_is_a_422(builder: AppBuilder) {
    let app = builder.start().await;
    let lists =
        ["/activities/home?", "/activities/by/worf?", "/activities/search?term=a&", "/notifications/worf?"];
    for list in lists {
        for limit in ["0", "-1", "101", "1.5", "abc", "", "18446744073709551616", "%00", "%ff"] {
            let response = app.get(&format!("{list}limit={limit}")).await;
            assert_eq!(
                (response.status, response.violations()),
                (422, vec!["invalid_limit"]),
                "{list}{limit}"
            );
        }
        let long = "A".repeat(3000);
        for cursor in ["", "x", "%00", "%ff", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "/etc/passwd", &long]
        {
            let response = app.get(&format!("{list}cursor={cursor}")).await;
            assert_eq!(
                (response.status, response.violations()),
                (422, vec!["invalid_cursor"]),
                "{list}{cursor}"
            );
        }
        let response = app.get(&format!("{list}limit=0&cursor=x")).await;
        assert_eq!(response.violations(), ["invalid_limit", "invalid_cursor"]);
        // A well-formed cursor is valid even if no activity is at its position.
        for cursor in ["A".repeat(32), "_".repeat(31) + "8"] {
            assert_eq!(app.get(&format!("{list}cursor={cursor}")).await.status, 200, "{list}{cursor}");
        }
        assert_eq!(app.get(&format!("{list}limit=1&limit=2")).await.code(), "invalid_query");
    }
}

pub(crate) async fn invalid_search_term_is_a_422(builder: AppBuilder) {
    let app = builder.start().await;
    let long = "a".repeat(281);
    for (query, code) in [
        ("", "search_term_blank"),
        ("?term=", "search_term_blank"),
        ("?term=%20%09", "search_term_blank"),
        ("?term=a%00b", "search_term_invalid"),
        (&format!("?term={long}"), "search_term_exceed_max_chars"),
    ] {
        let response = app.get(&format!("/activities/search{query}")).await;
        assert_eq!((response.status, response.violations()), (422, vec![code]), "{query}");
    }
    assert_eq!(app.get("/activities/search?term=%ff").await.status, 200, "invalid UTF-8 matches no message");
}

pub(crate) async fn every_violation_of_a_post_is_reported_at_once(builder: AppBuilder) {
    let app = builder.start().await;
    let long = "é".repeat(281);
    for (new, codes) in [
        (json!({}), ["blank_user_handle", "message_blank", "ttl_blank"]),
        (
            json!({ "handle": "", "message": " \n", "ttl": " " }),
            ["blank_user_handle", "message_blank", "ttl_blank"],
        ),
        (
            json!({ "handle": "a b", "message": long, "ttl": "2-days" }),
            ["invalid_user_handle", "message_exceed_max_chars", "ttl_invalid"],
        ),
        (
            json!({ "handle": "a\u{0}", "message": "a\u{0}b", "ttl": "1-day\u{0}" }),
            ["invalid_user_handle", "message_invalid", "ttl_invalid"],
        ),
    ] {
        let response = app.post("/activities", &new).await;
        assert_eq!((response.status, response.violations()), (422, codes.to_vec()), "{new}");
    }
    assert_eq!(app.count_rows("activities").await, 3);
}

pub(crate) async fn every_violation_of_a_reply_is_reported_at_once(builder: AppBuilder) {
    let app = builder.start().await;
    let response = app.reply("nonsense", "é", &"x".repeat(1025)).await;
    assert_eq!(
        response.violations(),
        ["invalid_activity_uuid", "invalid_user_handle", "message_exceed_max_chars"]
    );
    let response = app.reply(SAMPLE_ACTIVITY, "", "").await;
    assert_eq!(response.violations(), ["blank_user_handle", "message_blank"]);
    assert_eq!(app.like(SAMPLE_ACTIVITY, "no one").await.violations(), ["invalid_user_handle"]);
    assert_eq!(app.count_rows("replies").await, 1);
}

pub(crate) async fn malformed_uuid_or_handle_is_a_422(builder: AppBuilder) {
    let app = builder.start().await;
    let long = "a".repeat(2000);
    for text in ["1", "%00", "%ff", "%F0%9F%98%80", "..%2f..%2fetc", "%27%20OR%201=1", &long] {
        let response = app.get(&format!("/activities/{text}")).await;
        assert_eq!((response.status, response.violations()), (422, vec!["invalid_activity_uuid"]), "{text}");
        let response = app.like(text, "worf").await;
        assert_eq!((response.status, response.violations()), (422, vec!["invalid_activity_uuid"]), "{text}");
    }
    for text in ["a%20b", "%00", "%ff", "%F0%9F%98%80", "..%2f..%2fetc", &long] {
        for path in [
            format!("/activities/by/{text}"),
            format!("/activities/by/{text}/count"),
            format!("/notifications/{text}"),
        ] {
            let response = app.get(&path).await;
            assert_eq!(
                (response.status, response.violations()),
                (422, vec!["invalid_user_handle"]),
                "{path}"
            );
        }
    }
}

pub(crate) async fn unreadable_body_is_a_4xx_with_the_reason(builder: AppBuilder) {
    let app = builder.start().await;
    let huge = format!(r#"{{"handle":"worf","ttl":"1-day","message":"{}"}}"#, "x".repeat(40_000));
    let cases: [(&[u8], u16, &str); 11] = [
        (b"", 400, "invalid_json"),
        (b"{", 400, "invalid_json"),
        (b"not json", 400, "invalid_json"),
        (b"{\"handle\":\"worf\",\"message\":\"\xff\xfe\"}", 400, "invalid_json"),
        (b"{\"message\":\"\\ud800\"}", 400, "invalid_json"),
        (b"null", 422, "invalid_json_member"),
        (b"[1]", 422, "invalid_json_member"),
        (br#"{"message":42}"#, 422, "invalid_json_member"),
        (br#"{"message":null}"#, 422, "invalid_json_member"),
        (br#"{"handle":["worf"]}"#, 422, "invalid_json_member"),
        (huge.as_bytes(), 413, "body_too_large"),
    ];
    for path in ["/activities".to_owned(), format!("/activities/{SAMPLE_ACTIVITY}/reply")] {
        for (body, status, code) in cases {
            let request = app.request("POST", &path).header(CONTENT_TYPE, "application/json");
            let response = send(request.body(body.to_vec())).await;
            let body =
                String::from_utf8_lossy(body.get(..body.len().min(40)).unwrap_or_default()).into_owned();
            assert_eq!((response.status, response.code()), (status, code), "{path} {body}");
        }
        let response = send(app.request("POST", &path).body("message=hello")).await;
        assert_eq!((response.status, response.code()), (415, "unsupported_media_type"));
    }
}

pub(crate) async fn malformed_idempotency_key_is_a_422(builder: AppBuilder) {
    let app = builder.start().await;
    let new = json!({ "handle": "worf", "message": "Once", "ttl": "1-day" });
    for key in [Vec::new(), b"a b".to_vec(), b"\xff".to_vec(), vec![b'k'; 256]] {
        for path in ["/activities".to_owned(), format!("/activities/{SAMPLE_ACTIVITY}/reply")] {
            let key = HeaderValue::from_bytes(&key).expect("a header value");
            let response = send(app.request("POST", &path).header("idempotency-key", key).json(&new)).await;
            assert_eq!((response.status, response.violations()), (422, vec!["invalid_idempotency_key"]));
        }
    }
}

pub(crate) async fn unknown_method_or_path_is_a_problem(builder: AppBuilder) {
    let app = builder.start().await;
    for (method, path) in [
        ("GET", "/activities".to_owned()),
        ("POST", "/activities/home".to_owned()),
        ("DELETE", format!("/activities/{SAMPLE_ACTIVITY}")),
        ("GET", format!("/activities/{SAMPLE_ACTIVITY}/reply")),
        ("PUT", format!("/activities/{SAMPLE_ACTIVITY}/like")),
        ("POST", "/notifications/worf".to_owned()),
    ] {
        let response = send(app.request(method, &path)).await;
        assert_eq!((response.status, response.code()), (405, "method_not_allowed"), "{method} {path}");
    }
    for path in ["/", "/activity", "/activities/a/b/c", "/activities//reply"] {
        let response = app.get(path).await;
        assert_eq!((response.status, response.code()), (404, "no_such_path"), "{path}");
    }
}
