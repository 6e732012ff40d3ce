//! Every behaviour on PostgreSQL.

use testkit::postgres_database;

use crate::behaviour::all;
use crate::fixture::Fresh;

macro_rules! on_postgres {
    ($($subject:ident::$behaviour:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            #[ignore = "needs PostgreSQL (TEST_POSTGRES_URL): run by .ci/run"]
            async fn $behaviour() {
                crate::behaviour::$subject::$behaviour(Fresh::on(postgres_database().await)).await;
            }
        )+
    };
}

all!(on_postgres);
