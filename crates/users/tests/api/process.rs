//! The users process: start, health, command line, shutdown, start-up errors.

use serde_json::json;

use testkit::send;

use crate::fixture::{get, post, request, users};

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
async fn head_is_answered_where_get_is() {
    let users = users().start().await;
    for path in ["/users?handles=worf", "/users/worf", "/users/nobody", "/health/live", "/health/ready"] {
        let (get, head) = (get(&users, path).await, send(request(&users, "HEAD", path)).await);
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
        assert_eq!(head.header("content-length"), get.header("content-length"), "{path}");
    }
}

#[tokio::test]
async fn localhost_is_both_loopback_addresses() {
    let mut running = users().env("USERS_ADDR", "localhost:0").start().await;
    let port = running.url().strip_prefix("http://127.0.0.1:").expect("IPv4 is announced").to_owned();
    for host in ["127.0.0.1", "[::1]"] {
        let response = send(testkit::request(&format!("http://{host}:{port}"), "GET", "/users/worf")).await;
        assert_eq!(response.status, 200, "{host}");
    }
    let address = format!("localhost:{port}");
    let healthcheck = users().env("USERS_ADDR", address).arg("healthcheck").run().await;
    assert!(healthcheck.status.success(), "{}", healthcheck.log);
    let exit = running.terminate().await;
    assert!(exit.log.contains(&format!("127.0.0.1:{port}, [::1]:{port}")), "one line says so: {}", exit.log);
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
async fn a_log_that_nobody_reads_delays_neither_requests_nor_the_end() {
    // The end is logged, too: nothing takes the spans.
    let builder = users().with_default_exporters().env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
    let mut users = builder.env("RUST_LOG", "trace").with_unread_log().start().await;
    for _ in 0..20 {
        assert_eq!(get(&users, "/health/live").await.status, 204);
        assert_eq!(get(&users, "/users/worf").await.status, 200);
        assert_eq!(post(&users, &json!({ "handle": 7 })).await.status, 422);
    }
    let exit = users.terminate().await;
    assert!(exit.after < std::time::Duration::from_secs(8), "{exit:?}");
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
    let variables = ["USERS_ADDR=localhost:8082", "DATABASE_URL=sqlite://data/users.db?mode=rwc", "OTEL_*"];
    testkit::assert_parses_arguments("users", users, &variables).await;
}
