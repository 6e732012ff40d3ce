//! A start on a PostgreSQL server that is read-only: a standby, until it is promoted.

use std::error::Error;
use std::time::Instant;

use database::{Database, DatabaseUrl, Migrations, OpenError};
use testkit::PostgresServer;

use crate::behaviour::{FIRST_VERSION, SECOND_VERSION, add, count, open};

async fn open_error(url: &str, migrations: Migrations) -> OpenError {
    Database::open(&DatabaseUrl::parse(url).unwrap(), migrations).await.err().expect("it cannot be opened")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL (TEST_POSTGRES_BIN): run by .ci/run"]
async fn a_migrated_database_opens_on_a_postgres_standby_and_can_be_written_when_it_is_promoted() {
    let primary = PostgresServer::primary().await;
    let standby = PostgresServer::standby_of(&primary).await;
    let url = PostgresServer::url_at(standby.address());
    let empty = open_error(&url, FIRST_VERSION).await;
    assert!(matches!(empty, OpenError::ReadOnly { .. }), "{empty:?}");
    let expected = format!(
        "PostgreSQL at {} is read-only, perhaps a standby, and its tables are missing",
        standby.address()
    );
    assert!(empty.to_string().starts_with(&expected) && empty.source().is_none(), "{empty}");

    add(&open(&PostgresServer::url_at(primary.address())).await, "one").await;
    // A standby replays a commit a moment after it has it.
    let deadline = Instant::now() + testkit::DEADLINE;
    let database = loop {
        match Database::open(&DatabaseUrl::parse(&url).unwrap(), FIRST_VERSION).await {
            Ok(database) if count(&database).await == 1 => break database,
            Ok(_) | Err(OpenError::ReadOnly { .. }) => {
                assert!(Instant::now() < deadline, "nothing is replayed");
            }
            Err(error) => panic!("{error:?}"),
        }
    };
    assert!(!database.is_ready().await, "nothing can be written");
    let older = open_error(&url, SECOND_VERSION).await;
    assert!(matches!(older, OpenError::ReadOnly { .. }), "a migration is missing: {older:?}");
    let newer = open_error(&url, &[]).await;
    assert!(matches!(newer, OpenError::Migrate { .. }), "a migration is unknown: {newer:?}");
    let other = open_error(&url, &[("words", "CREATE TABLE words (word TEXT)")]).await;
    assert!(matches!(other, OpenError::Migrate { .. }), "a migration is another one: {other:?}");

    drop(primary);
    standby.promote().await;
    let deadline = Instant::now() + testkit::DEADLINE;
    while !database.is_ready().await {
        assert!(Instant::now() < deadline, "not ready");
    }
    assert_eq!((add(&database, "two").await, count(&database).await), (1, 2));
}
