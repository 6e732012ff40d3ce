//! Every behaviour test on SQLite.

use crate::behaviour::all;
use crate::fixture::AppBuilder;

macro_rules! on_sqlite {
    ($($subject:ident::$case:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $case() {
                crate::behaviour::$subject::$case(AppBuilder::on_sqlite()).await;
            }
        )+
    };
}

all!(on_sqlite);
