//! Every behaviour on PostgreSQL.

use testkit::postgres_database;

use crate::behaviour::all;
use crate::fixture::users;

macro_rules! on_postgres {
    ($($behaviour:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            #[ignore = "needs PostgreSQL (TEST_POSTGRES_URL): run by .ci/run"]
            async fn $behaviour() {
                let users = users().env("DATABASE_URL", postgres_database().await).start().await;
                crate::behaviour::$behaviour(&users).await;
            }
        )+
    };
}

all!(on_postgres);
