//! Failover of PostgreSQL: the primary is gone, its standby takes over, and the address of the database leads there.

use std::cell::Cell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use serde_json::json;
use testkit::{DEADLINE, PostgresServer, TcpRelay};
use tokio::time::timeout;

use crate::fixture::{AppBuilder, TestApp, activities};

/// How long the service may take to work again after the promotion.
const RECOVERY: Duration = Duration::from_secs(5);
/// How long a request may wait until it is refused.
const REFUSAL: Duration = Duration::from_secs(12);
/// Authors that post at the same time: more than there are connections for writers.
const AUTHORS: usize = 8;
/// A post without its notification.
const HALF_DONE: &str = "activities WHERE message LIKE 'Number %' AND uuid NOT IN \
                         (SELECT activity_uuid FROM outbox UNION SELECT activity_uuid FROM notifications)";

/// What the authors did.
#[derive(Default)]
struct Posts {
    accepted: Cell<usize>,
    refused: Cell<usize>,
    /// Whether the database works again, so that no post that begins now is refused.
    is_recovered: Cell<bool>,
    is_over: Cell<bool>,
}

impl Posts {
    /// Posts activities that mention a user, one after the other. A refused one is sent again until it is accepted, as
    /// it may have been carried out. Returns their number.
    async fn of_author(&self, app: &TestApp, author: &str) -> usize {
        let mut posted = 0;
        let mut is_refused = false;
        while is_refused || !self.is_over.get() {
            let began_recovered = self.is_recovered.get();
            let message = format!("Number {posted} for @worf");
            let new = json!({ "handle": author, "message": message, "ttl": "1-day" });
            let key = posted.to_string();
            let response = timeout(REFUSAL, app.post_with_key(&key, "/activities", &new)).await;
            let response = response.expect("a request is answered in time");
            is_refused = response.status != 201;
            if is_refused {
                assert_eq!(response.status, 503, "{response:?}");
                assert!(!began_recovered, "{response:?}");
                increment(&self.refused);
                tokio::time::sleep(Duration::from_millis(20)).await;
            } else {
                posted += 1;
                increment(&self.accepted);
            }
        }
        posted
    }

    /// Waits until so many more posts were accepted, and as many refused.
    async fn wait_for(&self, accepted: usize, refused: usize) {
        let until = (self.accepted.get() + accepted, self.refused.get() + refused);
        let reached = || (self.accepted.get() >= until.0 && self.refused.get() >= until.1).then_some(());
        testkit::wait_until("posts", DEADLINE, reached).await;
    }
}

fn increment(count: &Cell<usize>) {
    count.set(count.get() + 1);
}

async fn is_ready(app: &TestApp) -> bool {
    app.get("/health/ready").await.status == 200
}

/// Posts before, during and after a failover. `lead` makes the address lead to the standby.
async fn fail_over(lead: impl FnOnce(&TcpRelay, SocketAddr)) {
    let mut primary = PostgresServer::primary().await;
    let relay = TcpRelay::start(primary.address());
    let app = AppBuilder::on_database(PostgresServer::url_at(relay.address())).start().await;
    let standby = PostgresServer::standby_of(&primary).await;
    let posts = Posts::default();

    let failover = async {
        posts.wait_for(2 * AUTHORS, 0).await;
        lead(&relay, standby.address());
        primary.kill().await;
        // The standby answers, and does not write.
        posts.wait_for(0, 2 * AUTHORS).await;
        let accepted = posts.accepted.get();
        assert!(!is_ready(&app).await);
        assert_eq!(app.get("/activities/home").await.status, 200);
        posts.wait_for(0, AUTHORS).await;
        assert_eq!(posts.accepted.get(), accepted, "a standby writes nothing");

        standby.promote().await;
        let promoted = Instant::now();
        posts.wait_for(2 * AUTHORS, 0).await;
        while !is_ready(&app).await {
            assert!(promoted.elapsed() < RECOVERY, "not ready");
        }
        assert!(promoted.elapsed() < RECOVERY, "{:?}", promoted.elapsed());
        posts.is_recovered.set(true);
        posts.wait_for(2 * AUTHORS, 0).await;
        posts.is_over.set(true);
    };
    let authors: Vec<String> = (0..AUTHORS).map(|author| format!("author{author}")).collect();
    let posting = join_all(authors.iter().map(|author| posts.of_author(&app, author)));
    let (posted, ()) = join(posting, failover).await;

    for (author, &posted) in authors.iter().zip(&posted) {
        let count = app.get(&format!("/activities/by/{author}/count")).await;
        assert_eq!(count.json["count"], posted, "{author}: none is lost or doubled");
    }
    let mut app = app;
    app.database = PostgresServer::url_at(standby.address());
    assert_eq!(app.count_rows(HALF_DONE).await, 0);
    // Of each post, as far as one page of notifications shows.
    app.notifications_of("worf", posted.iter().sum::<usize>().min(100)).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL (TEST_POSTGRES_BIN): run by .ci/run"]
async fn postgres_that_fails_over_to_its_standby_needs_no_restart() {
    fail_over(TcpRelay::lead_to).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL (TEST_POSTGRES_BIN): run by .ci/run"]
async fn postgres_whose_host_loses_power_fails_over_without_a_restart() {
    fail_over(TcpRelay::lead_silently_to).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL (TEST_POSTGRES_BIN): run by .ci/run"]
async fn postgres_that_is_a_standby_at_the_start_is_read_and_written_once_promoted() {
    let primary = PostgresServer::primary().await;
    let standby = PostgresServer::standby_of(&primary).await;
    let of_standby = || AppBuilder::on_database(PostgresServer::url_at(standby.address()));
    let exit = activities().env("DATABASE_URL", of_standby().database()).run().await;
    assert!(!exit.status.success() && exit.log.contains("is read-only, perhaps a standby"), "{}", exit.log);

    let first = AppBuilder::on_database(PostgresServer::url_at(primary.address())).start().await;
    let message = json!({ "handle": "worf", "message": "Number 0", "ttl": "1-day" });
    assert_eq!(first.post("/activities", &message).await.status, 201);
    standby.wait_for_row("the activity", "SELECT 1 FROM activities WHERE message = 'Number 0'").await;
    let app = of_standby().start().await;
    assert!(!is_ready(&app).await);
    assert_eq!(app.get("/activities/home").await.status, 200);
    assert_eq!(app.post("/activities", &message).await.status, 503);
    drop((first, primary));
    standby.promote().await;
    let promoted = Instant::now();
    while !is_ready(&app).await {
        assert!(promoted.elapsed() < RECOVERY, "not ready");
    }
    assert_eq!(app.post("/activities", &message).await.status, 201);
}
