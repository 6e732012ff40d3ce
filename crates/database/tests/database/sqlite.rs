//! Every behaviour on SQLite.

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
