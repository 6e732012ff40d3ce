//! Every behaviour on SQLite, which needs nothing.

use crate::behaviour::all;
use crate::fixture::Fresh;

macro_rules! on_sqlite {
    ($($subject:ident::$behaviour:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $behaviour() {
                crate::behaviour::$subject::$behaviour(Fresh::on_sqlite()).await;
            }
        )+
    };
}

all!(on_sqlite);
