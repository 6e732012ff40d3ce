//! Every behaviour on SQLite, which needs nothing.

use database::{Database, DatabaseUrl, OpenError};
use tempfile::TempDir;

use crate::behaviour::all;

macro_rules! on_sqlite {
    ($($behaviour:ident),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $behaviour() {
                let directory = TempDir::new().expect("a temporary directory");
                let url = format!("sqlite://{}/made/when/missing.db?mode=rwc", directory.path().display());
                crate::behaviour::$behaviour(url).await;
            }
        )+
    };
}

all!(on_sqlite);

#[tokio::test]
async fn a_file_that_is_no_database_keeps_it_from_opening() {
    let directory = TempDir::new().expect("a temporary directory");
    let file = directory.path().join("text.db");
    std::fs::write(
        &file,
        "This is no database, and longer than a header of one hundred bytes is. ".repeat(4),
    )
    .unwrap();
    let url = DatabaseUrl::parse(&format!("sqlite://{}", file.display())).unwrap();
    assert!(matches!(Database::open(&url, &[]).await, Err(OpenError::Connect(_) | OpenError::Migrate(_))));
}
