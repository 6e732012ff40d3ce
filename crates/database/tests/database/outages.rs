//! Databases that are locked, lose their connections or become read-only: what is refused, and that they recover.

use std::time::{Duration, Instant};

use database::{Database, Outage, Sql};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _};
use tempfile::TempDir;
use testkit::TcpRelay;
use url::Url;

use crate::behaviour::{add, count, open};

const INSERT: Sql =
    Sql::new("INSERT", "words", "INSERT INTO words (word, length, note) VALUES ($1, 1, NULL)");

/// How long a write may wait.
const WRITE_WAIT: Duration = Duration::from_secs(2);

/// A transaction that adds a word.
pub(crate) async fn write(database: Database, word: String) -> Result<(), Outage> {
    let write = async {
        let mut transaction = database.begin().await?;
        INSERT.query().bind(word).execute(&mut transaction).await?;
        transaction.commit().await
    };
    write.await.map_err(|error| error.outage().unwrap_or_else(|| panic!("{error:?}")))
}

async fn connect(url: &str) -> AnyConnection {
    AnyConnection::connect(url).await.expect("the database responds")
}

async fn execute(connection: &mut AnyConnection, sql: impl Into<String>) {
    sqlx::raw_sql(AssertSqlSafe(sql.into())).execute(connection).await.expect("valid SQL");
}

/// While another process holds the write lock and 40 writers wait, reads are served. Every write is refused in time,
/// and none of them is carried out after that.
async fn locked_writers(url: &str, lock: &str) {
    let database = open(url).await;
    add(&database, "before").await;
    let mut other = connect(url).await;
    execute(&mut other, lock).await;
    let writers: Vec<_> =
        (0..40).map(|number| tokio::spawn(write(database.clone(), number.to_string()))).collect();
    let started = Instant::now();
    for _ in 0..20 {
        assert_eq!(count(&database).await, 1);
    }
    assert!(database.is_ready().await, "a busy database is ready");
    assert!(started.elapsed() < WRITE_WAIT, "reads waited for writers: {:?}", started.elapsed());
    for writer in writers {
        assert_eq!(writer.await.unwrap(), Err(Outage::Overloaded));
    }
    assert!(started.elapsed() < 3 * WRITE_WAIT, "writes were refused after {:?}", started.elapsed());
    execute(&mut other, "ROLLBACK").await;
    write(database.clone(), "after".to_owned()).await.expect("the lock is free");
    assert_eq!(count(&database).await, 2, "no refused write was carried out");
}

#[tokio::test(flavor = "multi_thread")]
async fn locked_writers_neither_block_readers_nor_write_later() {
    let directory = TempDir::new().unwrap();
    let url = format!("sqlite://{}/words.db?mode=rwc", directory.path().display());
    locked_writers(&url, "BEGIN IMMEDIATE").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL (TEST_POSTGRES_URL): run by .ci/run"]
async fn locked_writers_of_postgres_neither_block_readers_nor_write_later() {
    locked_writers(&testkit::postgres_database().await, "BEGIN; LOCK TABLE words IN EXCLUSIVE MODE").await;
}

async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < testkit::DEADLINE, "{what}");
        tokio::task::yield_now().await;
    }
}

/// The server, not the database of a test: from there it can be closed and opened.
async fn server() -> AnyConnection {
    connect(&std::env::var("TEST_POSTGRES_URL").expect("the URL of a PostgreSQL server")).await
}

fn name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}

/// Ends every connection to a database, as a restart does.
fn end_connections(name: &str) -> String {
    format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL (TEST_POSTGRES_URL): run by .ci/run"]
async fn postgres_that_goes_away_and_comes_back_needs_no_restart() {
    let url = testkit::postgres_database().await;
    let (database, name) = (open(&url).await, name(&url));
    let mut server = server().await;
    let mut open_transaction = database.begin().await.unwrap();
    execute(&mut server, format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    execute(&mut server, end_connections(name)).await;
    let lost =
        INSERT.query().bind("lost").execute(&mut open_transaction).await.expect_err("the connection is lost");
    assert_eq!(lost.outage(), Some(Outage::Unavailable), "{lost:?}");
    drop(open_transaction);
    write(database.clone(), "refused".to_owned()).await.expect_err("the database is closed");
    assert!(!database.is_ready().await);

    execute(&mut server, format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;
    write(database.clone(), "back".to_owned()).await.expect("the database is open");
    assert_eq!(count(&database).await, 1);
    eventually("ready", async || database.is_ready().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL (TEST_POSTGRES_URL): run by .ci/run"]
async fn read_only_postgres_is_read_but_not_ready() {
    let url = testkit::postgres_database().await;
    let (database, name) = (open(&url).await, name(&url));
    let mut server = server().await;
    execute(&mut server, format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await;
    execute(&mut server, end_connections(name)).await;
    // Before a write fails, too.
    assert!(!database.is_ready().await);
    assert_eq!(write(database.clone(), "refused".to_owned()).await, Err(Outage::Unavailable));
    assert_eq!(count(&database).await, 0);
    assert!(!database.is_ready().await);

    // The connections keep the setting that they started with, until one of them fails to write.
    execute(&mut server, format!("ALTER DATABASE {name} RESET default_transaction_read_only")).await;
    eventually("writable", async || write(database.clone(), "back".to_owned()).await.is_ok()).await;
    // None of those is used again.
    for number in 0..10 {
        assert_eq!(write(database.clone(), number.to_string()).await, Ok(()));
    }
    eventually("ready", async || database.is_ready().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL (TEST_POSTGRES_URL): run by .ci/run"]
async fn postgres_out_of_connections_is_overloaded_until_it_has_some() {
    let url = testkit::postgres_database().await;
    let mut server = server().await;
    // Limits of connections do not hold for superusers.
    let (name, role) = (name(&url), format!("role_of_{}", name(&url)));
    execute(&mut server, format!("CREATE ROLE {role} LOGIN; ALTER DATABASE {name} OWNER TO {role}")).await;
    let url = url.replacen("postgres@", &format!("{role}@"), 1);
    let database = open(&url).await;
    add(&database, "before").await;

    execute(&mut server, format!("ALTER ROLE {role} CONNECTION LIMIT 0")).await;
    execute(&mut server, end_connections(name)).await;
    let started = Instant::now();
    assert_eq!(write(database.clone(), "refused".to_owned()).await, Err(Outage::Overloaded));
    assert!(started.elapsed() < 2 * WRITE_WAIT, "{:?}", started.elapsed());
    assert!(!database.is_ready().await);

    execute(&mut server, format!("ALTER ROLE {role} CONNECTION LIMIT -1")).await;
    write(database.clone(), "back".to_owned()).await.expect("there are connections");
    assert_eq!(count(&database).await, 2, "the refused write was not carried out");
    eventually("ready", async || database.is_ready().await).await;
}

/// The host of the server loses its power while every connection for writing is in use. It answers nothing that is sent
/// when the connections return to their pool.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL (TEST_POSTGRES_URL): run by .ci/run"]
async fn connections_to_postgres_without_power_keep_no_place_in_the_pool() {
    const WRITERS: usize = 5;
    let mut url = Url::parse(&testkit::postgres_database().await).unwrap();
    let server = url.socket_addrs(|| Some(5432)).unwrap()[0];
    let relay = TcpRelay::start(server);
    url.set_ip_host(relay.address().ip()).unwrap();
    url.set_port(Some(relay.address().port())).unwrap();
    let database = open(url.as_str()).await;
    let mut transactions = Vec::new();
    for _ in 0..WRITERS {
        transactions.push(database.begin().await.expect("a connection is free"));
    }
    relay.lead_silently_to(server);
    drop(transactions);
    let dropped = Instant::now();
    eventually("writable", async || write(database.clone(), "back".to_owned()).await.is_ok()).await;
    assert!(dropped.elapsed() < 3 * WRITE_WAIT, "{:?}", dropped.elapsed());
    eventually("ready", async || database.is_ready().await).await;
}
