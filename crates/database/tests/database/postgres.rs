//! Every behaviour test on PostgreSQL.

use crate::behaviour::all;

macro_rules! on_postgres {
    ($($case:ident),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            #[ignore = "needs PostgreSQL (TEST_POSTGRES_URL): run by .ci/run"]
            async fn $case() {
                crate::behaviour::$case(testkit::postgres_database().await).await;
            }
        )+
    };
}

all!(on_postgres);
