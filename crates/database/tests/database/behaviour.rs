//! What a database does, whichever it is.

use database::{Database, DatabaseUrl, Migrations, OpenError, Row, Sql};

const ONE: Migrations =
    &[("words", "CREATE TABLE words (word TEXT PRIMARY KEY, length BIGINT NOT NULL, note TEXT)")];
const TWO: Migrations = &[
    ONE[0],
    ("letters", "CREATE TABLE letters (letter TEXT PRIMARY KEY); ALTER TABLE words ADD COLUMN seen BIGINT"),
];
const BROKEN: Migrations = &[("broken", "CREATE TABLE oops (")];

const ADD: Sql = Sql::new(
    "INSERT",
    "words",
    "INSERT INTO words (word, length, note) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
);
const ADD_STRICTLY: Sql =
    Sql::new("INSERT", "words", "INSERT INTO words (word, length, note) VALUES ($1, $2, $3)");
const AMONG: Sql = Sql::new(
    "SELECT",
    "words",
    "SELECT word, length, note FROM words WHERE length > $1 AND word IN ($list) ORDER BY word",
);
const COUNT: Sql = Sql::new("SELECT", "words", "SELECT COUNT(*) AS count FROM words");

async fn open(url: &str) -> Database {
    let url = DatabaseUrl::parse(url).expect("a database URL");
    Database::open(&url, ONE).await.expect("the database opens")
}

async fn add(database: &Database, word: &str) -> u64 {
    let length = i64::try_from(word.len()).expect("a short word");
    ADD.query()
        .bind(word)
        .bind(length)
        .bind(None::<&str>)
        .execute(database)
        .await
        .expect("a word can be added")
}

async fn count(database: &Database) -> i64 {
    let row = COUNT.query().fetch_optional(database).await.expect("words can be counted").expect("a count");
    row.try_get("count").expect("a number")
}

pub(crate) async fn what_is_bound_comes_back(url: String) {
    let database = open(&url).await;
    let long = "ø".repeat(10_000);
    let values =
        [("plain", i64::MAX, Some("a 'quoted' note")), ("ünïcode 🎈", i64::MIN, None), (&long, -1, Some(""))];
    for (word, length, note) in values {
        ADD.query().bind(word).bind(length).bind(note).execute(&database).await.unwrap();
    }
    for (word, length, note) in values {
        let rows = AMONG.query().bind(i64::MIN).bind_list(&[word]).fetch_all(&database).await.unwrap();
        let Some(row) = rows.first() else {
            assert_eq!(length, i64::MIN, "only the smallest number is not above the smallest");
            continue;
        };
        assert_eq!(row.try_get::<i64, _>("length").unwrap(), length);
        assert_eq!(row.try_get::<Option<String>, _>("note").unwrap().as_deref(), note);
    }
}

pub(crate) async fn a_list_finds_what_is_in_it_at_every_length(url: String) {
    let database = open(&url).await;
    let words: Vec<String> = (0..100).map(|number| format!("word{number:03}")).collect();
    for word in &words {
        add(&database, word).await;
    }
    for length in [0, 1, 2, 3, 5, 8, 64, 65, 100] {
        let list: Vec<&str> = words.iter().take(length).map(String::as_str).collect();
        let rows = AMONG.query().bind(0_i64).bind_list(&list).fetch_all(&database).await.unwrap();
        let found: Vec<String> = rows.iter().map(|row| row.try_get("word").unwrap()).collect();
        assert_eq!(found, list, "{length}");
    }
}

pub(crate) async fn a_conflict_adds_nothing_and_an_error_says_that_it_was_one(url: String) {
    let database = open(&url).await;
    assert_eq!((add(&database, "once").await, add(&database, "once").await), (1, 0));
    let twice = ADD_STRICTLY.query().bind("once").bind(4_i64).bind(None::<&str>).execute(&database).await;
    let error = twice.expect_err("a second row with the same key");
    assert!(error.is_unique_violation() && !error.is_overload(), "{error:?}");
}

pub(crate) async fn a_transaction_happens_as_a_whole_or_not_at_all(url: String) {
    let database = open(&url).await;
    let mut dropped = database.begin().await.unwrap();
    ADD.query().bind("gone").bind(4_i64).bind(None::<&str>).execute(&mut dropped).await.unwrap();
    drop(dropped);
    let mut kept = database.begin().await.unwrap();
    ADD.query().bind("kept").bind(4_i64).bind(None::<&str>).execute(&mut kept).await.unwrap();
    kept.commit().await.unwrap();
    let rows = AMONG.query().bind(0_i64).bind_list(&["gone", "kept"]).fetch_all(&database).await.unwrap();
    assert_eq!(rows.len(), 1);
}

pub(crate) async fn many_writers_wait_for_each_other(url: String) {
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
                    ADD.query()
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

pub(crate) async fn a_newer_version_adds_its_tables_and_keeps_what_is_there(url: String) {
    let database = open(&url).await;
    add(&database, "old").await;
    database.close().await;
    let url = DatabaseUrl::parse(&url).unwrap();
    for _again in 0..2 {
        let database = Database::open(&url, TWO).await.expect("the second migration applies, once");
        assert_eq!(count(&database).await, 1);
        database.ping().await.expect("it answers");
        database.close().await;
    }
}

pub(crate) async fn a_migration_that_fails_keeps_it_from_opening(url: String) {
    let opened = Database::open(&DatabaseUrl::parse(&url).unwrap(), BROKEN).await;
    assert!(matches!(opened, Err(OpenError::Migrate { .. })));
}

/// As the worker threads of a server do: each has a runtime of its own, and does not live as long as the database.
pub(crate) async fn a_connection_outlives_the_runtime_that_asked_for_it(url: String) {
    async fn on_a_worker<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build();
        let worker = std::thread::spawn(move || runtime().expect("a runtime").block_on(work));
        tokio::task::spawn_blocking(|| worker.join()).await.unwrap().expect("the worker ends well")
    }
    let database = open(&url).await;
    let asking = database.clone();
    // Several at once, so that the worker opens some.
    on_a_worker(async move { tokio::join!(count(&asking), count(&asking), count(&asking)) }).await;
    for added in 0..3 {
        let asking = database.clone();
        let mut begun = on_a_worker(async move { asking.begin().await.unwrap() }).await;
        assert_eq!(count(&database).await, added);
        let word = format!("word {added}");
        ADD.query().bind(word).bind(0_i64).bind(None::<&str>).execute(&mut begun).await.unwrap();
        begun.commit().await.unwrap();
    }
}

macro_rules! all {
    ($case:ident) => {
        $case!(
            what_is_bound_comes_back,
            a_list_finds_what_is_in_it_at_every_length,
            a_conflict_adds_nothing_and_an_error_says_that_it_was_one,
            a_transaction_happens_as_a_whole_or_not_at_all,
            many_writers_wait_for_each_other,
            a_newer_version_adds_its_tables_and_keeps_what_is_there,
            a_migration_that_fails_keeps_it_from_opening,
            a_connection_outlives_the_runtime_that_asked_for_it,
        );
    };
}

pub(crate) use all;
