//! Findings that are accepted on the page: `/api/doctor/suppressions`.

use reqwest::{Method, StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};

use crate::{
    doctor::{examined, send_never_ended},
    process::Waterfall,
};

const PATH: &str = "/api/doctor/suppressions";

async fn change(
    waterfall: &Waterfall,
    method: Method,
    headers: &[(&str, &str)],
    entry: &Value,
) -> (StatusCode, Value) {
    let url = format!("{}{PATH}", waterfall.ready.http);
    let mut request = waterfall.client.request(method, url).json(entry);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap_or_default())
}

fn never_ended() -> Value {
    json!({ "code": "span-never-ended", "service": "shop" })
}

/// The number of causes, of suppressed findings and of entries.
async fn counts(waterfall: &Waterfall) -> (usize, u64, usize) {
    let overview = waterfall.json("/api/doctor").await;
    let length = |key: &str| overview[key].as_array().unwrap().len();
    (length("groups"), overview["suppressed"].as_u64().unwrap(), length("suppressions"))
}

#[tokio::test]
async fn an_accepted_finding_is_counted_and_can_be_brought_back() {
    let waterfall = Waterfall::start();
    send_never_ended(&waterfall).await;
    examined(&waterfall, "/api/doctor", 3).await;
    assert_eq!(counts(&waterfall).await, (1, 0, 0));
    let (status, answer) = change(&waterfall, Method::POST, &[], &never_ended()).await;
    assert_eq!((status, &answer["kept"]), (StatusCode::OK, &json!(false)));
    assert_eq!(answer["toml"], "[[suppress]]\ncode = \"span-never-ended\"\nservice = \"shop\"\n");
    assert_eq!(counts(&waterfall).await, (0, 1, 1));
    assert_eq!(waterfall.json("/api/doctor").await["suppressions"][0]["ofPage"], true);
    change(&waterfall, Method::POST, &[], &never_ended()).await;
    assert_eq!(counts(&waterfall).await, (0, 1, 1), "an entry exists once");
    let (status, _) = change(&waterfall, Method::DELETE, &[], &never_ended()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(counts(&waterfall).await, (1, 0, 0));
    assert_eq!(change(&waterfall, Method::DELETE, &[], &never_ended()).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_was_accepted_outlasts_a_restart_with_a_data_directory() {
    let data = tempfile::tempdir().unwrap();
    let settings = [("WATERFALL_DATA", data.path().to_str().unwrap())];
    let waterfall = Waterfall::with(&settings);
    let (_, answer) = change(&waterfall, Method::POST, &[], &never_ended()).await;
    assert_eq!(answer["kept"], true);
    drop(waterfall);
    let waterfall = Waterfall::with(&settings);
    assert_eq!(counts(&waterfall).await.2, 1);
    change(&waterfall, Method::DELETE, &[], &never_ended()).await;
    drop(waterfall);
    assert_eq!(counts(&Waterfall::with(&settings)).await.2, 0);
}

#[tokio::test]
async fn entries_of_the_file_are_not_removed() {
    let config = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(config.path(), "[[suppress]]\ncode = \"clock-skew\"\n").unwrap();
    let waterfall = Waterfall::with(&[("WATERFALL_DOCTOR_CONFIG", config.path().to_str().unwrap())]);
    assert_eq!(waterfall.json("/api/doctor").await["suppressions"][0]["ofPage"], false);
    let (status, answer) = change(&waterfall, Method::DELETE, &[], &json!({ "code": "clock-skew" })).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(answer["error"].as_str().unwrap().contains("remove it there"), "{answer}");
}

#[tokio::test]
async fn wrong_and_foreign_changes_are_refused() {
    let waterfall = Waterfall::start();
    for (entry, status) in [
        (json!({}), 400),
        (json!({ "reason": "all" }), 400),
        (json!({ "code": "no-such-code" }), 400),
        (json!({ "codes": "clock-skew" }), 400),
        (json!({ "service": "x".repeat(2_000) }), 400),
        (json!({ "service": "x".repeat(20_000) }), 413),
    ] {
        assert_eq!(change(&waterfall, Method::POST, &[], &entry).await.0, status, "{entry:.60}");
    }
    let foreign = [("sec-fetch-site", "cross-site")];
    assert_eq!(change(&waterfall, Method::POST, &foreign, &never_ended()).await.0, StatusCode::FORBIDDEN);
    let form = waterfall.client.post(format!("{}{PATH}", waterfall.ready.http));
    let form = form.header(CONTENT_TYPE, "text/plain").body(never_ended().to_string()).send().await.unwrap();
    assert_eq!(form.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "an HTML form cannot send JSON");
    assert_eq!(counts(&waterfall).await.2, 0);
    let closed = Waterfall::with(&[("WATERFALL_READ_TOKEN", "abcdefghijklmnopqrstuvwxyz")]);
    assert_eq!(change(&closed, Method::POST, &[], &never_ended()).await.0, StatusCode::UNAUTHORIZED);
}
