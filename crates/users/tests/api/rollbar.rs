//! An error of the database reaches the log, the server span and Rollbar, each once, with the trace id that the caller sees.

use sqlx::{ConnectOptions, Connection};
use testkit::{DEADLINE, MockResponse, MockServer, Sink, wait_until};

use crate::fixture::{get, users};

#[tokio::test]
async fn an_error_of_the_database_reaches_rollbar_with_its_trace() {
    let rollbar = MockServer::start(|_| MockResponse::json(200, &serde_json::json!({"err": 0})));
    let sink = Sink::start();
    let users = users()
        .exporting_to(&sink)
        .env("ROLLBAR_ACCESS_TOKEN", "0123")
        .env("ROLLBAR_ENDPOINT", rollbar.url())
        .start()
        .await;
    let file = users.directory().join("users.db");
    let mut database = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).connect().await.unwrap();
    sqlx::query("DROP TABLE users").execute(&mut database).await.unwrap();
    database.close().await.unwrap();

    let response = get(&users, "/users/andrewbrown").await;
    assert_eq!(response.status, 500, "{}", response.text);
    let arrived = || rollbar.requests().first().map(|request| request.json()["data"].clone());
    let item = wait_until("an item", DEADLINE, arrived).await;
    assert_eq!(item["attributes"][0]["value"], response.json["trace_id"]);
    let exception = &item["body"]["trace"]["exception"];
    assert!(exception["message"].as_str().is_some_and(|text| text.contains("no such table")), "{item}");
    assert_eq!(item["context"], "GET /users/{handle}", "{item}");
    assert_eq!(item["custom"]["service.name"], "users");

    let trace = sink.trace(response.json["trace_id"].as_str().unwrap()).await;
    let server = trace.only("users [server] GET /users/{handle}");
    let events: Vec<&str> = server.events.iter().map(|event| &*event.name).collect();
    assert_eq!(events, ["exception", "rollbar.occurrence"], "{}", server.describe());
    let log = users.log();
    let errors: Vec<&str> = log.lines().filter(|line| line.contains(" ERROR ")).collect();
    assert_eq!(errors.len(), 1, "{log}");
    assert!(
        errors[0].contains("cannot read or write users: ") && errors[0].contains("no such table"),
        "{log}"
    );
}
