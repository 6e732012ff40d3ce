//! Activities on a file system that fills up, and has room again: it refuses writes, and recovers by itself.

use testkit::{DEADLINE, Response, SmallDisk};

use crate::fixture::{AppBuilder, TestApp};

async fn post(app: &TestApp, message: &str) -> Response {
    let new = serde_json::json!({ "handle": "worf", "message": message, "ttl": "1-day" });
    app.post("/activities", &new).await
}

async fn ready(app: &TestApp) -> u16 {
    app.get("/health/ready").await.status
}

#[tokio::test]
#[ignore = "needs privileges to mount a file system: run by .ci/run"]
async fn writes_are_refused_while_it_is_full_and_succeed_when_there_is_room() {
    let disk = SmallDisk::mount(2);
    let database = format!("sqlite://{}/activities.db?mode=rwc", disk.path().display());
    let app = AppBuilder::on_database(database).start().await;
    let mut stored = 0;
    for round in 0..3 {
        let filler = disk.fill();
        // Some may still fit into what the write-ahead log has already.
        let mut refused = 0;
        for number in 0..40 {
            let response = post(&app, &format!("full {round} {number}")).await;
            match response.status {
                201 => stored += 1,
                507 => refused += 1,
                _ => panic!("{response:?}"),
            }
        }
        assert!(refused > 0, "the disk is full");
        assert_eq!(ready(&app).await, 503, "a service that cannot write is not ready");
        assert_eq!(app.get("/activities/home").await.status, 200, "reading goes on");

        std::fs::remove_file(filler).expect("the filler can be removed");
        let response = post(&app, &format!("room {round}")).await;
        assert_eq!(response.status, 201, "{response:?}");
        stored += 1;
        let freed = std::time::Instant::now();
        while ready(&app).await != 200 {
            assert!(freed.elapsed() < DEADLINE, "ready again");
        }
    }
    // Worf wrote one of the sample activities.
    assert_eq!(app.get("/activities/by/worf/count").await.json["count"], stored + 1);
}
