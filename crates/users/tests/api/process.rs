//! The users process: start, health, command line, shutdown, start-up errors.

use serde_json::json;

use crate::fixture::{get, post, users};

#[tokio::test]
async fn committed_data_survives_a_kill() {
    let mut first = users().start().await;
    let created = post(&first, &json!({ "handle": "odo", "display_name": "Odo" })).await;
    assert_eq!(created.status, 201);
    first.kill().await;
    let second = users().in_directory_of(&first).start().await;
    assert_eq!(get(&second, "/users/odo").await.json, created.json);
}

#[tokio::test]
async fn health_endpoints_respond_untraced() {
    let users = users().start().await;
    let (live, ready) = (get(&users, "/health/live").await, get(&users, "/health/ready").await);
    assert_eq!((live.status, ready.status), (204, 200));
    assert_eq!((live.traceresponse(), ready.traceresponse()), (None, None));
}

#[tokio::test]
async fn healthcheck_reports_whether_the_service_runs() {
    let mut running = users().start().await;
    let address = running.url().trim_start_matches("http://").to_owned();
    let healthcheck = || users().env("USERS_ADDR", address.clone()).arg("healthcheck").run();
    assert!(healthcheck().await.status.success());
    running.terminate().await;
    assert!(!healthcheck().await.status.success());
}

#[tokio::test]
async fn sigterm_exits_with_success() {
    let mut users = users().start().await;
    let exit = users.terminate().await;
    assert!(exit.status.success(), "{exit:?}");
}

#[tokio::test]
async fn port_in_use_error_names_the_variable() {
    let first = users().start().await;
    let address = first.url().trim_start_matches("http://").to_owned();
    let exit = users().env("USERS_ADDR", address.clone()).run().await;
    assert!(!exit.status.success());
    let expected =
        format!("users: cannot listen on {address} (USERS_ADDR); set USERS_ADDR to another host:port");
    assert!(exit.log.contains(&expected), "{}", exit.log);
}

#[tokio::test]
async fn invalid_variable_error_names_it_and_hides_the_password() {
    for (variable, value) in [("USERS_ADDR", "nonsense"), ("DATABASE_URL", "mysql://me:hunter2@db/users")] {
        let exit = users().env(variable, value).run().await;
        assert_eq!(exit.status.code(), Some(1), "{exit:?}");
        assert!(exit.log.starts_with(&format!("users: {variable} must be ")), "{}", exit.log);
        assert_eq!(exit.log.lines().count(), 1, "{}", exit.log);
        assert!(!exit.log.contains("hunter2"), "{}", exit.log);
    }
}

/// The last line of the log of a `users` that cannot open this database.
async fn open_error(url: &str) -> String {
    let exit = users().env("DATABASE_URL", url).run().await;
    assert_eq!(exit.status.code(), Some(1), "{exit:?}");
    assert_eq!(exit.log.lines().count(), 1, "{}", exit.log);
    exit.log
}

#[tokio::test]
async fn a_missing_database_file_is_one_line_that_says_what_to_change() {
    assert_eq!(
        open_error("sqlite://users.db").await,
        "users: cannot open the users database (DATABASE_URL): SQLite file users.db does not exist; create it, or append \
         ?mode=rwc to its URL"
    );
}

#[tokio::test]
async fn a_database_file_that_cannot_be_created_is_one_line_with_one_reason() {
    let line = open_error("sqlite:///proc/users.db?mode=rwc").await;
    let start = "users: cannot open the users database (DATABASE_URL): cannot open SQLite file /proc/users.db; make it and \
                 its directory writable, or name another file in the URL: ";
    assert!(line.starts_with(start) && line.matches("(os error ").count() == 1, "{line}");
}

#[tokio::test]
async fn an_invalid_database_url_is_one_line_without_the_password() {
    let line = open_error("postgres://me:hunter2@127.0.0.1:port/users").await;
    let start = "users: cannot open the users database (DATABASE_URL): the database URL is invalid; correct its port or \
                 parameters: ";
    assert!(line.starts_with(start) && !line.contains("hunter2"), "{line}");
}

#[tokio::test]
async fn arguments_are_parsed() {
    let variables = ["USERS_ADDR=127.0.0.1:8082", "DATABASE_URL=sqlite://data/users.db?mode=rwc", "OTEL_*"];
    testkit::assert_parses_arguments("users", users, &variables).await;
}
