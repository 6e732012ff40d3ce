//! Every behaviour on SQLite, which needs nothing.

use crate::behaviour::all;
use crate::fixture::users;

macro_rules! on_sqlite {
    ($($behaviour:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $behaviour() {
                crate::behaviour::$behaviour(&users().start().await).await;
            }
        )+
    };
}

all!(on_sqlite);
