//! Every behaviour test on PostgreSQL.

use testkit::postgres_database;

use crate::behaviour::all;
use crate::fixture::AppBuilder;

macro_rules! on_postgres {
    ($($subject:ident::$case:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            #[ignore = "needs PostgreSQL (TEST_POSTGRES_URL): run by .ci/run"]
            async fn $case() {
                crate::behaviour::$subject::$case(AppBuilder::on_database(postgres_database().await)).await;
            }
        )+
    };
}

all!(on_postgres);
