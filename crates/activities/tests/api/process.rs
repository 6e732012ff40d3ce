//! The activities process: start, health, command line, shutdown, configuration errors.

use crate::fixture::{AppBuilder, SAMPLE_ACTIVITY, activities, messages};

#[tokio::test]
async fn committed_data_survives_a_kill() {
    let mut app = AppBuilder::on_sqlite().start().await;
    let uuid = app.post_activity("worf", "Still here").await;
    let before = app.get(&format!("/activities/{uuid}")).await;
    app.activities.kill().await;
    app.activities = app.start_another(|builder| builder).await;
    assert_eq!(app.get(&format!("/activities/{uuid}")).await.json, before.json);
    assert_eq!(messages(&app.get("/activities/home").await).len(), 4);
}

#[tokio::test]
async fn health_endpoints_respond_untraced() {
    let app = AppBuilder::on_sqlite().start().await;
    let (live, ready) = (app.get("/health/live").await, app.get("/health/ready").await);
    assert_eq!((live.status, ready.status), (204, 200));
    assert_eq!((live.traceresponse(), ready.traceresponse()), (None, None));
}

#[tokio::test]
async fn head_is_answered_where_get_is() {
    let app = AppBuilder::on_sqlite().start().await;
    for path in [
        "/activities/home",
        "/activities/search?term=x",
        "/activities/by/worf",
        "/activities/by/worf/count",
        &format!("/activities/{SAMPLE_ACTIVITY}"),
        "/notifications/worf",
        "/health/live",
        "/health/ready",
    ] {
        let (get, head) = (app.get(path).await, testkit::send(app.request("HEAD", path)).await);
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
        assert!(get.status < 300, "{path}");
        assert_eq!(head.header("content-length"), get.header("content-length"), "{path}");
    }
}

#[tokio::test]
async fn service_is_ready_while_users_is_down() {
    let app = AppBuilder::on_sqlite().start().await;
    app.users.down();
    assert_eq!(app.get("/health/ready").await.status, 200);
}

#[tokio::test]
async fn sigterm_closes_the_database_and_exits_with_success() {
    let mut app = AppBuilder::on_sqlite().start().await;
    let exit = app.activities.terminate().await;
    assert!(exit.status.success(), "{exit:?}");
    assert!(!exit.log.contains("not finished in time"), "{}", exit.log);
    assert!(
        !std::path::Path::new(&format!("{}-wal", database_file(&app.database))).exists(),
        "the database is closed"
    );
}

fn database_file(database: &str) -> &str {
    database.trim_start_matches("sqlite://").trim_end_matches("?mode=rwc")
}

#[tokio::test]
async fn invalid_variable_error_names_it() {
    for (variable, value) in [
        ("ACTIVITIES_ADDR", "nonsense"),
        ("DATABASE_URL", "mysql://db/activities"),
        ("USERS_URL", "users:8082"),
        ("USERS_TIMEOUT_MS", "soon"),
        ("OUTBOX_POLL_MS", "0"),
        ("OUTBOX_TRACE", "parent"),
        ("EXPIRY_SWEEP_MS", "-1"),
    ] {
        let exit = activities().env(variable, value).run().await;
        assert!(!exit.status.success(), "{variable}");
        assert!(exit.log.starts_with(&format!("activities: {variable} must be ")), "{}", exit.log);
    }
}

#[tokio::test]
async fn arguments_are_parsed() {
    let variables =
        ["ACTIVITIES_ADDR=localhost:8081", "USERS_URL=http://127.0.0.1:8082", "EXPIRY_SWEEP_MS=900000"];
    testkit::assert_parses_arguments("activities", activities, &variables).await;
}

#[tokio::test]
async fn zeros_and_giants_in_variables_work_or_are_refused() {
    testkit::assert_survives_numbers(activities).await;
}
