//! Behaviour of the database, the same on both systems.

use database::{Database, DatabaseUrl, Migrations, OpenError, Row, Sql};

pub(crate) const FIRST_VERSION: Migrations =
    &[("words", "CREATE TABLE words (word TEXT PRIMARY KEY, length BIGINT NOT NULL, note TEXT)")];
pub(crate) const SECOND_VERSION: Migrations = &[
    FIRST_VERSION[0],
    ("letters", "CREATE TABLE letters (letter TEXT PRIMARY KEY); ALTER TABLE words ADD COLUMN seen BIGINT"),
];
const BROKEN: Migrations = &[("broken", "CREATE TABLE oops (")];

const INSERT: Sql = Sql::new(
    "INSERT",
    "words",
    "INSERT INTO words (word, length, note) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
);
const INSERT_STRICT: Sql =
    Sql::new("INSERT", "words", "INSERT INTO words (word, length, note) VALUES ($1, $2, $3)");
const SELECT_IN: Sql = Sql::new(
    "SELECT",
    "words",
    "SELECT word, length, note FROM words WHERE length > $1 AND word IN ($list) ORDER BY word",
);
const COUNT: Sql = Sql::new("SELECT", "words", "SELECT COUNT(*) AS count FROM words");

pub(crate) async fn open(url: &str) -> Database {
    let url = DatabaseUrl::parse(url).expect("a database URL");
    Database::open(&url, FIRST_VERSION).await.expect("the database opens")
}

pub(crate) async fn add(database: &Database, word: &str) -> u64 {
    let length = i64::try_from(word.len()).expect("a short word");
    INSERT
        .query()
        .bind(word)
        .bind(length)
        .bind(None::<&str>)
        .execute(database)
        .await
        .expect("a word can be added")
}

pub(crate) async fn count(database: &Database) -> i64 {
    let row = COUNT.query().fetch_optional(database).await.expect("words can be counted").expect("a count");
    row.try_get("count").expect("a number")
}

pub(crate) async fn bound_values_round_trip(url: String) {
    let database = open(&url).await;
    let long = "ø".repeat(10_000);
    let values =
        [("plain", i64::MAX, Some("a 'quoted' note")), ("ünïcode 🎈", i64::MIN, None), (&long, -1, Some(""))];
    for (word, length, note) in values {
        INSERT.query().bind(word).bind(length).bind(note).execute(&database).await.unwrap();
    }
    for (word, length, note) in values {
        let rows = SELECT_IN.query().bind(i64::MIN).bind_list(&[word]).fetch_all(&database).await.unwrap();
        let Some(row) = rows.first() else {
            assert_eq!(length, i64::MIN, "only i64::MIN is not greater than i64::MIN");
            continue;
        };
        assert_eq!(row.try_get::<i64, _>("length").unwrap(), length);
        assert_eq!(row.try_get::<Option<String>, _>("note").unwrap().as_deref(), note);
    }
}

pub(crate) async fn list_of_any_length_matches_its_values(url: String) {
    let database = open(&url).await;
    let words: Vec<String> = (0..100).map(|number| format!("word{number:03}")).collect();
    for word in &words {
        add(&database, word).await;
    }
    for length in [0, 1, 2, 3, 5, 8, 64, 65, 100] {
        let list: Vec<&str> = words.iter().take(length).map(String::as_str).collect();
        let rows = SELECT_IN.query().bind(0_i64).bind_list(&list).fetch_all(&database).await.unwrap();
        let found: Vec<String> = rows.iter().map(|row| row.try_get("word").unwrap()).collect();
        assert_eq!(found, list, "{length}");
    }
}

pub(crate) async fn conflict_inserts_nothing_and_unique_violation_is_detected(url: String) {
    let database = open(&url).await;
    assert_eq!((add(&database, "once").await, add(&database, "once").await), (1, 0));
    let second = INSERT_STRICT.query().bind("once").bind(4_i64).bind(None::<&str>).execute(&database).await;
    let error = second.expect_err("a second row with the same key");
    assert!(error.is_unique_violation() && !error.is_overload(), "{error:?}");
}

pub(crate) async fn write_whose_commit_fails_is_an_error_although_it_returned_a_row(url: String) {
    const TABLES: Migrations = &[(
        "families",
        "CREATE TABLE parents (id BIGINT PRIMARY KEY);
         CREATE TABLE children (
             id BIGINT PRIMARY KEY,
             parent BIGINT NOT NULL REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED
         )",
    )];
    const INSERT_CHILD: Sql =
        Sql::new("INSERT", "children", "INSERT INTO children (id, parent) VALUES ($1, $2) RETURNING id");
    const SELECT_CHILDREN: Sql = Sql::new("SELECT", "children", "SELECT id FROM children");
    let database = Database::open(&DatabaseUrl::parse(&url).unwrap(), TABLES).await.unwrap();
    let orphan = INSERT_CHILD.query().bind(1_i64).bind(7_i64).fetch_optional(&database).await;
    assert!(orphan.is_err(), "there is no parent 7");
    assert!(SELECT_CHILDREN.query().fetch_all(&database).await.unwrap().is_empty());
}

pub(crate) async fn transaction_is_committed_or_rolled_back_as_a_whole(url: String) {
    let database = open(&url).await;
    let mut rolled_back = database.begin().await.unwrap();
    INSERT
        .query()
        .bind("rolled back")
        .bind(4_i64)
        .bind(None::<&str>)
        .execute(&mut rolled_back)
        .await
        .unwrap();
    drop(rolled_back);
    let mut committed = database.begin().await.unwrap();
    INSERT.query().bind("committed").bind(4_i64).bind(None::<&str>).execute(&mut committed).await.unwrap();
    committed.commit().await.unwrap();
    let rows = SELECT_IN
        .query()
        .bind(0_i64)
        .bind_list(&["rolled back", "committed"])
        .fetch_all(&database)
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
}

pub(crate) async fn concurrent_writers_wait_instead_of_failing(url: String) {
    let database = open(&url).await;
    let writers: Vec<_> = (0..16)
        .map(|writer| {
            let database = database.clone();
            tokio::spawn(async move {
                for number in 0..20 {
                    let mut transaction = database.begin().await.unwrap();
                    let before = COUNT.query().fetch_optional(&mut transaction).await.unwrap();
                    assert!(before.is_some());
                    let word = format!("{writer}-{number}");
                    INSERT
                        .query()
                        .bind(&word)
                        .bind(1_i64)
                        .bind(None::<&str>)
                        .execute(&mut transaction)
                        .await
                        .unwrap();
                    transaction.commit().await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("no writer fails");
    }
    assert_eq!(count(&database).await, 16 * 20);
}

pub(crate) async fn new_migrations_apply_once_and_keep_existing_rows(url: String) {
    let database = open(&url).await;
    add(&database, "old").await;
    database.close().await;
    let url = DatabaseUrl::parse(&url).unwrap();
    for _ in 0..2 {
        let database =
            Database::open(&url, SECOND_VERSION).await.expect("the second migration applies, once");
        assert_eq!(count(&database).await, 1);
        assert!(database.is_ready().await);
        database.close().await;
    }
}

pub(crate) async fn failing_migration_fails_to_open(url: String) {
    let opened = Database::open(&DatabaseUrl::parse(&url).unwrap(), BROKEN).await;
    assert!(matches!(opened, Err(OpenError::Migrate { .. })));
}

/// Server workers are threads with a runtime each, and the database outlives them.
pub(crate) async fn connection_outlives_the_runtime_that_acquired_it(url: String) {
    async fn on_worker_thread<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build();
        let worker = std::thread::spawn(move || runtime().expect("a runtime").block_on(work));
        tokio::task::spawn_blocking(|| worker.join()).await.unwrap().expect("the worker does not panic")
    }
    let database = open(&url).await;
    let shared = database.clone();
    // Several at once, so that the worker opens connections.
    on_worker_thread(async move { tokio::join!(count(&shared), count(&shared), count(&shared)) }).await;
    for added in 0..3 {
        let shared = database.clone();
        let mut transaction = on_worker_thread(async move { shared.begin().await.unwrap() }).await;
        assert_eq!(count(&database).await, added);
        let word = format!("word {added}");
        INSERT.query().bind(word).bind(0_i64).bind(None::<&str>).execute(&mut transaction).await.unwrap();
        transaction.commit().await.unwrap();
    }
}

macro_rules! all {
    ($case:ident) => {
        $case!(
            bound_values_round_trip,
            list_of_any_length_matches_its_values,
            conflict_inserts_nothing_and_unique_violation_is_detected,
            write_whose_commit_fails_is_an_error_although_it_returned_a_row,
            transaction_is_committed_or_rolled_back_as_a_whole,
            concurrent_writers_wait_instead_of_failing,
            new_migrations_apply_once_and_keep_existing_rows,
            failing_migration_fails_to_open,
            connection_outlives_the_runtime_that_acquired_it,
        );
    };
}

pub(crate) use all;
