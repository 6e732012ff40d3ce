//! Rollbar: a stand-in, over TLS with a private authority.

use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::{ConnectOptions, Connection};
use testkit::{DEADLINE, MockResponse, MockServer, TlsProxy, Trace, TraceResponse, wait_until};

use crate::system::{HOME, System, traceresponse, up};

const TOKEN: &str = "S3CRET6789abcdef0123456789abcdef";

/// The `data` of the first item of a service.
async fn item_of(rollbar: &MockServer, service: &str) -> Value {
    let arrived = || {
        let requests = rollbar.requests();
        let mut items = requests.iter().map(|request| request.json()["data"].clone());
        items.find(|item| item["custom"]["service.name"] == service)
    };
    wait_until("an item", DEADLINE, arrived).await
}

/// The trace of the waterfall, once it is whole and one of its spans leads to Rollbar.
async fn trace_with_occurrence(system: &System, trace_id: &str) -> Trace {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(trace) = system.stored_trace(trace_id).await
            && leads_to_rollbar(&trace)
            && is_whole(&trace)
        {
            return trace;
        }
        assert!(Instant::now() < deadline, "no span of {trace_id} leads to Rollbar");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn leads_to_rollbar(trace: &Trace) -> bool {
    let mut events = trace.spans().iter().flat_map(|span| &span.events);
    events.any(|event| event.name == "rollbar.occurrence")
}

fn is_whole(trace: &Trace) -> bool {
    let has = |id: &String| trace.spans().iter().any(|span| span.span_id == *id);
    trace.spans().iter().all(|span| span.parent.as_ref().is_none_or(has))
}

#[tokio::test]
async fn an_error_in_users_arrives_at_rollbar_with_the_trace_that_the_page_shows() {
    let rollbar = MockServer::start(|_| MockResponse::json(200, &serde_json::json!({"err": 0})));
    let tls = TlsProxy::start(&rollbar.url());
    let data = tempfile::tempdir().unwrap();
    let system = up()
        .arg("--data")
        .arg(data.path().to_str().unwrap())
        .env("ROLLBAR_ACCESS_TOKEN", TOKEN)
        .env("ROLLBAR_ENDPOINT", format!("{}/api/1/item/", tls.url()))
        .env("SSL_CERT_FILE", tls.authority());
    let system = System::of(system).await;
    let file = data.path().join("users.db");
    let mut database = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).connect().await.unwrap();
    sqlx::query("DROP TABLE users").execute(&mut database).await.unwrap();
    database.close().await.unwrap();

    let response = system.get(HOME).await;
    let trace_id = TraceResponse::parse(&traceresponse(&response)).trace_id;
    let item = item_of(&rollbar, "users").await;
    assert_eq!(item["attributes"][0]["value"], *trace_id, "{item}");
    let trace = trace_with_occurrence(&system, &trace_id).await;
    trace.assert_one_linked_trace();
    let uuid = item["uuid"].as_str().unwrap();
    let leads_there = trace.spans().iter().filter(|span| format!("{:?}", span.events).contains(uuid));
    assert_eq!(leads_there.map(|span| span.service.as_str()).collect::<Vec<_>>(), ["users"]);
    assert!(!system.process.log().contains("S3CRET"), "{}", system.process.log());
}
