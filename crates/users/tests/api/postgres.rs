//! Every behaviour test on PostgreSQL.

use testkit::postgres_database;

use crate::behaviour::all;
use crate::fixture::users;

macro_rules! on_postgres {
    ($($case:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            #[ignore = "needs PostgreSQL (TEST_POSTGRES_URL): run by .ci/run"]
            async fn $case() {
                let users = users().env("DATABASE_URL", postgres_database().await).start().await;
                crate::behaviour::$case(&users).await;
            }
        )+
    };
}

all!(on_postgres);
