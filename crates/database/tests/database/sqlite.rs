//! Every behaviour test on SQLite.

use tempfile::TempDir;

use crate::behaviour::all;

macro_rules! on_sqlite {
    ($($case:ident),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                let directory = TempDir::new().expect("a temporary directory");
                let url = format!("sqlite://{}/created/if/missing.db?mode=rwc", directory.path().display());
                crate::behaviour::$case(url).await;
            }
        )+
    };
}

all!(on_sqlite);
