//! PostgreSQL databases for tests.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use url::Url;
use uuid::Uuid;

/// URL of a server whose user may create databases: `postgres://user@host:port/postgres`.
const SERVER: &str = "TEST_POSTGRES_URL";

/// Creates an empty database on the server of `TEST_POSTGRES_URL` and returns its URL. The database is not
/// dropped, because the server is discarded after the tests.
///
/// # Panics
/// If the variable is unset or the server does not respond.
pub async fn postgres_database() -> String {
    let server =
        std::env::var(SERVER).unwrap_or_else(|_| panic!("{SERVER} must be the URL of a PostgreSQL server"));
    let name = format!("test_{}", Uuid::new_v4().simple());
    let mut connection = PgConnection::connect(&server).await.expect("the PostgreSQL server responds");
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::raw_sql(create).execute(&mut connection).await.expect("the user may create databases");
    connection.close().await.expect("the PostgreSQL server responds");
    let mut url = Url::parse(&server).unwrap_or_else(|error| panic!("{SERVER} must be a URL: {error}"));
    url.set_path(&name);
    url.into()
}
