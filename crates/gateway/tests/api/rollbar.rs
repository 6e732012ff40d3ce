//! Errors reach Rollbar, each with the ids of its trace and span, and a Rollbar that fails costs no request anything.

use std::time::{Duration, Instant};

use serde_json::Value;
use testkit::{DEADLINE, MockResponse, MockServer, Request, wait_until};

use crate::fixture::TestApp;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// Rollbar's answer to an item.
fn accept(_: &Request) -> MockResponse {
    MockResponse::json(200, &serde_json::json!({"err": 0, "result": {"id": null, "uuid": "ignored"}}))
}

/// A gateway that reports to `rollbar`.
async fn reporting_to(rollbar: &MockServer) -> TestApp {
    let endpoint = format!("{}/api/1/item/", rollbar.url());
    TestApp::with(|gateway| {
        gateway
            .env("ROLLBAR_ACCESS_TOKEN", TOKEN)
            .env("ROLLBAR_ENDPOINT", endpoint)
            .env("ROLLBAR_ENVIRONMENT", "test")
            .env("ROLLBAR_SCRUB_FIELDS", "term")
    })
    .await
}

/// The `data` of the items that arrived, once there are `count`.
async fn items(rollbar: &MockServer, count: usize) -> Vec<Value> {
    let arrived = || Some(rollbar.requests()).filter(|requests| requests.len() >= count);
    let requests = wait_until("items at Rollbar", DEADLINE, arrived).await;
    requests.iter().map(|request| request.json()["data"].clone()).collect()
}

fn attribute<'a>(item: &'a Value, key: &str) -> &'a str {
    let attributes = item["attributes"].as_array().expect("attributes");
    let found = attributes.iter().find(|attribute| attribute["key"] == key);
    found.and_then(|attribute| attribute["value"].as_str()).expect("an attribute")
}

#[tokio::test]
async fn an_error_reaches_rollbar_and_each_leads_to_the_other() {
    let rollbar = MockServer::start(accept);
    let app = reporting_to(&rollbar).await;
    app.activities.respond_with(|_| MockResponse::status(500));
    let response = app.get("/api/activities/search?term=S3CRET").await;
    assert_eq!(response.status, 502);

    let item = items(&rollbar, 1).await.remove(0);
    let request = rollbar.requests().remove(0);
    assert_eq!(request.path(), "/api/1/item/");
    assert_eq!(request.header("x-rollbar-access-token"), Some(TOKEN));
    assert_eq!((&item["level"], &item["environment"]), (&"error".into(), &"test".into()));
    assert_eq!(item["context"], "GET /api/activities/search");
    assert_eq!(item["request"]["method"], "GET");
    assert!(
        item["request"]["url"].as_str().is_some_and(|url| url.ends_with("/api/activities/search?term=***")),
        "{item}"
    );
    assert!(
        item["body"]["trace"]["exception"]["message"].as_str().is_some_and(|text| text.contains("500")),
        "{item}"
    );
    assert_eq!(item["custom"]["service.name"], "gateway");
    assert!(!item.to_string().contains("S3CRET"), "{item}");

    let trace_id = testkit::TraceResponse::parse(response.header("traceresponse")).trace_id;
    assert_eq!(attribute(&item, "trace_id"), trace_id);
    let trace = app
        .sink
        .trace_when(&trace_id, "the server span", |trace| {
            !trace.all("gateway [server] GET /api/activities/search").is_empty()
        })
        .await;
    let span = trace
        .spans()
        .iter()
        .find(|span| span.span_id == attribute(&item, "span_id"))
        .expect("the span of the item");
    let occurrence = span.events.iter().find(|event| event.name == "rollbar.occurrence").expect("the event");
    let (key, uuid) = occurrence.attributes.first().expect("an attribute");
    assert_eq!((key.as_str(), uuid.as_str()), ("rollbar.occurrence.uuid", item["uuid"].as_str()));
}

#[tokio::test]
async fn the_test_endpoint_reports_a_message_as_the_original_does() {
    let rollbar = MockServer::start(accept);
    let app = reporting_to(&rollbar).await;
    let response = app.get("/rollbar/test").await;
    assert_eq!((response.status, response.text.as_str()), (200, "Hello World!"));
    let item = items(&rollbar, 1).await.remove(0);
    assert_eq!(item["level"], "warning");
    assert_eq!(item["body"], serde_json::json!({"message": {"body": "Hello World!"}}));
}

#[tokio::test]
async fn without_a_token_the_test_endpoint_says_what_to_set() {
    let app = TestApp::start().await;
    let response = app.get("/rollbar/test").await;
    assert_eq!((response.status, response.code()), (503, "rollbar_off"));
    assert!(response.text.contains("set ROLLBAR_ACCESS_TOKEN"), "{}", response.text);
    assert!(!app.gateway.log().contains("Hello World!"), "nothing was reported: {}", app.gateway.log());
}

#[tokio::test]
async fn with_a_token_that_is_ignored_the_test_endpoint_says_that_it_is_invalid() {
    let app = TestApp::with(|gateway| gateway.env("ROLLBAR_ACCESS_TOKEN", "schlüssel")).await;
    let response = app.get("/rollbar/test").await;
    assert_eq!((response.status, response.code()), (503, "rollbar_off"));
    assert!(
        response.text.contains("ROLLBAR_ACCESS_TOKEN is ignored: it must consist of"),
        "{}",
        response.text
    );
    assert!(!response.text.contains("set ROLLBAR_ACCESS_TOKEN"), "it is set: {}", response.text);
}

#[tokio::test]
async fn the_same_error_has_the_same_fingerprint() {
    let rollbar = MockServer::start(accept);
    let app = reporting_to(&rollbar).await;
    app.activities.respond_with(|_| MockResponse::status(500));
    app.get("/api/activities/search?term=a").await;
    app.get("/api/activities/search?term=b").await;
    app.get("/api/activities/notifications").await;
    let items = items(&rollbar, 3).await;
    assert_eq!(items[0]["fingerprint"], items[1]["fingerprint"]);
    assert_ne!(items[0]["fingerprint"], items[2]["fingerprint"]);
    assert_ne!(items[0]["uuid"], items[1]["uuid"]);
}

#[tokio::test]
async fn a_refused_token_is_logged_once_without_the_token() {
    // Rollbar repeats the token in this answer.
    let body = format!("{{\"err\":1,\"message\":\"invalid access token: {TOKEN}\"}}");
    let refusal = MockResponse::status(403).header("content-type", "application/json").body(body);
    let rollbar = MockServer::start(move |_| refusal.clone());
    let app = reporting_to(&rollbar).await;
    for _ in 0..3 {
        app.get("/rollbar/test").await;
    }
    items(&rollbar, 3).await;
    let logged = || Some(app.gateway.log()).filter(|log| log.contains("check ROLLBAR_ACCESS_TOKEN"));
    let log = wait_until("a warning", DEADLINE, logged).await;
    assert_eq!(log.matches("check ROLLBAR_ACCESS_TOKEN").count(), 1, "{log}");
    assert!(log.contains("403 Forbidden (invalid access token: ***)"), "{log}");
    assert!(!log.contains(TOKEN), "{log}");

    // Another failure within the minute.
    rollbar.respond_with(|_| MockResponse::status(429).header("X-Rate-Limit-Remaining-Seconds", "0"));
    app.get("/rollbar/test").await;
    let logged = || app.gateway.log().contains("the rate limit of the token is reached").then_some(());
    wait_until("a warning about the rate limit", DEADLINE, logged).await;
}

#[tokio::test]
async fn a_page_in_place_of_rollbar_s_answer_is_logged_and_the_error_counts_as_lost() {
    let page = MockResponse::status(200).header("content-type", "text/html").body("<html>");
    let rollbar = MockServer::start(move |_| page.clone());
    let mut app = reporting_to(&rollbar).await;
    app.get("/rollbar/test").await;
    let logged = || app.gateway.log().contains("a web page, not an answer of Rollbar").then_some(());
    wait_until("a warning", DEADLINE, logged).await;
    assert_eq!(rollbar.requests().len(), 1, "an answered item is not sent again");
    let exit = app.gateway.terminate().await;
    assert!(exit.log.contains("not all errors were reported to Rollbar errors=1"), "{}", exit.log);
}

#[tokio::test]
async fn an_item_that_is_too_large_becomes_the_failsafe() {
    let rollbar = MockServer::start(|request| match request.json()["data"]["custom"]["orig_uuid"] {
        Value::Null => MockResponse::status(413),
        _ => accept(request),
    });
    let app = reporting_to(&rollbar).await;
    app.get("/rollbar/test").await;
    let items = items(&rollbar, 2).await;
    assert_eq!(items[1]["custom"]["orig_uuid"], items[0]["uuid"]);
}

#[tokio::test]
async fn a_throttled_item_is_sent_again_after_the_pause() {
    let answered = std::sync::atomic::AtomicUsize::new(0);
    let rollbar = MockServer::start(move |request| {
        if answered.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 {
            return MockResponse::status(429).header("X-Rate-Limit-Remaining-Seconds", "1");
        }
        accept(request)
    });
    let app = reporting_to(&rollbar).await;
    let started = Instant::now();
    app.get("/rollbar/test").await;
    let items = items(&rollbar, 2).await;
    assert!(started.elapsed() >= Duration::from_secs(1), "{:?}", started.elapsed());
    assert_eq!(items[0]["uuid"], items[1]["uuid"], "Rollbar discards a second item with the same id");
}

#[tokio::test]
async fn an_item_waits_while_rollbar_is_away() {
    let rollbar = MockServer::start(accept);
    let app = reporting_to(&rollbar).await;
    rollbar.down();
    app.get("/rollbar/test").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    rollbar.up();
    assert_eq!(items(&rollbar, 1).await.len(), 1);
}

#[tokio::test]
async fn a_rollbar_that_never_answers_delays_no_request_and_no_stop() {
    let rollbar = MockServer::start(|_| MockResponse::never());
    let mut app = reporting_to(&rollbar).await;
    let started = Instant::now();
    for _ in 0..150 {
        app.get("/rollbar/test").await;
    }
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    let exit = app.gateway.terminate().await;
    assert!(exit.status.success(), "{}", exit.log);
    assert!(exit.after < Duration::from_secs(4), "{:?}", exit.after);
    assert!(exit.log.contains("not all errors were reported to Rollbar"), "{}", exit.log);
}
