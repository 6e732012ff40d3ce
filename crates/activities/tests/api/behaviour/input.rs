//! Input that is not what it should be: always a 4xx that says what was wrong.

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use serde_json::json;

use crate::fixture::{FIRST, Fresh, send};

pub(crate) async fn a_bad_limit_or_cursor_is_a_422(fresh: Fresh) {
    let world = fresh.start().await;
    let lists =
        ["/activities/home?", "/activities/by/worf?", "/activities/search?term=a&", "/notifications/worf?"];
    for list in lists {
        for limit in ["0", "-1", "101", "1.5", "abc", "", "18446744073709551616", "%00", "%ff"] {
            let answer = world.get(&format!("{list}limit={limit}")).await;
            assert_eq!((answer.status, answer.violations()), (422, vec!["invalid_limit"]), "{list}{limit}");
        }
        let long = "A".repeat(3000);
        for cursor in ["", "x", "%00", "%ff", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "/etc/passwd", &long]
        {
            let answer = world.get(&format!("{list}cursor={cursor}")).await;
            assert_eq!((answer.status, answer.violations()), (422, vec!["invalid_cursor"]), "{list}{cursor}");
        }
        let answer = world.get(&format!("{list}limit=0&cursor=x")).await;
        assert_eq!(answer.violations(), ["invalid_limit", "invalid_cursor"]);
        // A place that nothing is at is a place all the same.
        for cursor in ["A".repeat(32), "_".repeat(31) + "8"] {
            assert_eq!(world.get(&format!("{list}cursor={cursor}")).await.status, 200, "{list}{cursor}");
        }
        assert_eq!(world.get(&format!("{list}limit=1&limit=2")).await.code(), "invalid_query");
    }
}

pub(crate) async fn a_term_to_search_for_is_checked(fresh: Fresh) {
    let world = fresh.start().await;
    let long = "a".repeat(281);
    for (query, code) in [
        ("", "search_term_blank"),
        ("?term=", "search_term_blank"),
        ("?term=%20%09", "search_term_blank"),
        ("?term=a%00b", "search_term_invalid"),
        (&format!("?term={long}"), "search_term_exceed_max_chars"),
    ] {
        let answer = world.get(&format!("/activities/search{query}")).await;
        assert_eq!((answer.status, answer.violations()), (422, vec![code]), "{query}");
    }
    assert_eq!(world.get("/activities/search?term=%ff").await.status, 200, "no UTF-8 is found nowhere");
}

pub(crate) async fn all_that_is_wrong_with_a_post_is_said_at_once(fresh: Fresh) {
    let world = fresh.start().await;
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
        let answer = world.post("/activities", &new).await;
        assert_eq!((answer.status, answer.violations()), (422, codes.to_vec()), "{new}");
    }
    assert_eq!(world.rows("activities").await, 3);
}

pub(crate) async fn all_that_is_wrong_with_a_reply_is_said_at_once(fresh: Fresh) {
    let world = fresh.start().await;
    let answer = world.reply("nonsense", "é", &"x".repeat(1025)).await;
    assert_eq!(
        answer.violations(),
        ["invalid_activity_uuid", "invalid_user_handle", "message_exceed_max_chars"]
    );
    let answer = world.reply(FIRST, "", "").await;
    assert_eq!(answer.violations(), ["blank_user_handle", "message_blank"]);
    assert_eq!(world.like(FIRST, "no one").await.violations(), ["invalid_user_handle"]);
    assert_eq!(world.rows("replies").await, 1);
}

pub(crate) async fn what_is_no_uuid_or_handle_is_a_422(fresh: Fresh) {
    let world = fresh.start().await;
    let long = "a".repeat(2000);
    for text in ["1", "%00", "%ff", "%F0%9F%98%80", "..%2f..%2fetc", "%27%20OR%201=1", &long] {
        let answer = world.get(&format!("/activities/{text}")).await;
        assert_eq!((answer.status, answer.violations()), (422, vec!["invalid_activity_uuid"]), "{text}");
        let answer = world.like(text, "worf").await;
        assert_eq!((answer.status, answer.violations()), (422, vec!["invalid_activity_uuid"]), "{text}");
    }
    for text in ["a%20b", "%00", "%ff", "%F0%9F%98%80", "..%2f..%2fetc", &long] {
        for path in [
            format!("/activities/by/{text}"),
            format!("/activities/by/{text}/count"),
            format!("/notifications/{text}"),
        ] {
            let answer = world.get(&path).await;
            assert_eq!((answer.status, answer.violations()), (422, vec!["invalid_user_handle"]), "{path}");
        }
    }
}

pub(crate) async fn a_body_that_cannot_be_read_is_a_4xx_that_says_why(fresh: Fresh) {
    let world = fresh.start().await;
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
    for path in ["/activities".to_owned(), format!("/activities/{FIRST}/reply")] {
        for (body, status, code) in cases {
            let request = world.request("POST", &path).header(CONTENT_TYPE, "application/json");
            let answer = send(request.body(body.to_vec())).await;
            let body =
                String::from_utf8_lossy(body.get(..body.len().min(40)).unwrap_or_default()).into_owned();
            assert_eq!((answer.status, answer.code()), (status, code), "{path} {body}");
        }
        let answer = send(world.request("POST", &path).body("message=hello")).await;
        assert_eq!((answer.status, answer.code()), (415, "unsupported_media_type"));
    }
}

pub(crate) async fn an_idempotency_key_that_is_none_is_a_422(fresh: Fresh) {
    let world = fresh.start().await;
    let new = json!({ "handle": "worf", "message": "Once", "ttl": "1-day" });
    for key in [Vec::new(), b"a b".to_vec(), b"\xff".to_vec(), vec![b'k'; 256]] {
        for path in ["/activities".to_owned(), format!("/activities/{FIRST}/reply")] {
            let key = HeaderValue::from_bytes(&key).expect("a header's value");
            let answer = send(world.request("POST", &path).header("idempotency-key", key).json(&new)).await;
            assert_eq!((answer.status, answer.violations()), (422, vec!["invalid_idempotency_key"]));
        }
    }
}

pub(crate) async fn another_method_or_path_is_a_problem_too(fresh: Fresh) {
    let world = fresh.start().await;
    for (method, path) in [
        ("GET", "/activities".to_owned()),
        ("POST", "/activities/home".to_owned()),
        ("DELETE", format!("/activities/{FIRST}")),
        ("GET", format!("/activities/{FIRST}/reply")),
        ("PUT", format!("/activities/{FIRST}/like")),
        ("POST", "/notifications/worf".to_owned()),
    ] {
        let answer = send(world.request(method, &path)).await;
        assert_eq!((answer.status, answer.code()), (405, "method_not_allowed"), "{method} {path}");
    }
    for path in ["/", "/activity", "/activities/a/b/c", "/activities//reply"] {
        let answer = world.get(path).await;
        assert_eq!((answer.status, answer.code()), (404, "no_such_path"), "{path}");
    }
}
