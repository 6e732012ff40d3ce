//! Every behaviour test on SQLite.

use crate::behaviour::all;
use crate::fixture::users;

macro_rules! on_sqlite {
    ($($case:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $case() {
                crate::behaviour::$case(&users().start().await).await;
            }
        )+
    };
}

all!(on_sqlite);
