//! Activities as a process: how it starts, says that it is well, and stops.

use crate::fixture::{Fresh, activities};

#[tokio::test]
async fn what_was_answered_is_there_after_a_kill_and_a_restart() {
    let mut world = Fresh::on_sqlite().start().await;
    let uuid = world.say("worf", "Still here").await;
    let before = world.get(&format!("/activities/{uuid}")).await;
    world.activities.kill().await;
    world.activities = world.another(|builder| builder).await;
    assert_eq!(world.get(&format!("/activities/{uuid}")).await.json, before.json);
    assert_eq!(world.get("/activities/home").await.messages().len(), 4);
}

#[tokio::test]
async fn it_is_alive_and_ready_and_neither_is_traced() {
    let world = Fresh::on_sqlite().start().await;
    let (live, ready) = (world.get("/health/live").await, world.get("/health/ready").await);
    assert_eq!((live.status, ready.status), (204, 200));
    assert_eq!((live.traceresponse, ready.traceresponse), (None, None));
}

#[tokio::test]
async fn it_is_ready_without_users() {
    let world = Fresh::on_sqlite().start().await;
    world.users.down();
    assert_eq!(world.get("/health/ready").await.status, 200);
}

#[tokio::test]
async fn sigterm_ends_it_well_and_at_once() {
    let mut world = Fresh::on_sqlite().start().await;
    let exit = world.activities.terminate().await;
    assert!(exit.status.success(), "{exit:?}");
    assert!(!exit.log.contains("not finished in time"), "{}", exit.log);
    assert!(
        !std::path::Path::new(&format!("{}-wal", file(&world.database))).exists(),
        "the database is closed"
    );
}

fn file(database: &str) -> &str {
    database.trim_start_matches("sqlite://").trim_end_matches("?mode=rwc")
}

#[tokio::test]
async fn a_bad_variable_is_named() {
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
