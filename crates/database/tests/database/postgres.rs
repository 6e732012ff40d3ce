//! Every behaviour on PostgreSQL.

use crate::behaviour::all;

macro_rules! on_postgres {
    ($($behaviour:ident),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            #[ignore = "needs PostgreSQL (TEST_POSTGRES_URL): run by .ci/run"]
            async fn $behaviour() {
                crate::behaviour::$behaviour(testkit::postgres_database().await).await;
            }
        )+
    };
}

all!(on_postgres);
