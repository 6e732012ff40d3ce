//! A PostgreSQL database for one test.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use url::Url;
use uuid::Uuid;

/// Names a server whose user may create databases, as `postgres://user@host:port/postgres`.
const SERVER: &str = "TEST_POSTGRES_URL";

/// Makes an empty database on the server of `TEST_POSTGRES_URL`, and gives its URL. It stays there: the server is thrown
/// away after the tests.
///
/// # Panics
/// When the variable is unset, or the server does not answer.
pub async fn postgres_database() -> String {
    let server = std::env::var(SERVER).unwrap_or_else(|_| panic!("{SERVER} must name a PostgreSQL server"));
    let name = format!("test_{}", Uuid::new_v4().simple());
    let mut connection = PgConnection::connect(&server).await.expect("the PostgreSQL server answers");
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::raw_sql(create).execute(&mut connection).await.expect("the user may create databases");
    connection.close().await.expect("the PostgreSQL server answers");
    let mut url = Url::parse(&server).unwrap_or_else(|error| panic!("{SERVER} must be a URL: {error}"));
    url.set_path(&name);
    url.into()
}
