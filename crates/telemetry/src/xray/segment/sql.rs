//! The `sql` object of a document: a statement of a relational database.

use serde_json::{Map, Value};

use super::attributes::Attributes;
use super::http::without_credentials;
use crate::otlp::truncated;

/// Characters of `sql.user` (the published schema's `maxLength`).
const LONGEST_USER: usize = 250;

/// The attributes that `sql` shows. They are not repeated in the metadata.
pub(super) const SHOWN: [&str; 6] =
    ["db.query.text", "db.statement", "db.system.name", "db.system", "db.user", "db.connection_string"];

/// Values of `db.system.name` that speak SQL, in the current and in the former conventions.
const RELATIONAL: [&str; 18] = [
    "postgresql",
    "sqlite",
    "mysql",
    "mariadb",
    "microsoft.sql_server",
    "mssql",
    "oracle.db",
    "oracle",
    "ibm.db2",
    "db2",
    "other_sql",
    "clickhouse",
    "cockroachdb",
    "aws.redshift",
    "redshift",
    "trino",
    "hive",
    "teradata",
];

/// The `sql` object; `None` when the span is none of a relational database.
pub(super) fn sql(attributes: Attributes<'_>) -> Option<Value> {
    let system = attributes.first_text(&["db.system.name", "db.system"])?;
    if !RELATIONAL.contains(&system) {
        return None;
    }
    let mut sql = Map::new();
    sql.insert("database_type".to_owned(), system.into());
    sql.insert("url".to_owned(), url(attributes, system).into());
    // `db.query.text` has placeholders for values.
    if let Some(text) = attributes.first_text(&["db.query.text", "db.statement"]) {
        sql.insert("sanitized_query".to_owned(), text.into());
    }
    if let Some(user) = attributes.text("db.user") {
        sql.insert("user".to_owned(), truncated(user, LONGEST_USER).into());
    }
    Some(sql.into())
}

/// The database as a URL without credentials and parameters.
fn url(attributes: Attributes<'_>, system: &str) -> String {
    if let Some(url) = attributes.text("db.connection_string").filter(|url| url.contains("://")) {
        let url = without_credentials(url);
        return url.split('?').next().unwrap_or_default().to_owned();
    }
    let database = attributes.first_text(&["db.namespace", "db.name"]).unwrap_or_default();
    let Some(host) = attributes.first_text(&["server.address", "net.peer.name"]) else {
        return format!("{system}:{database}");
    };
    let port = attributes.integer("server.port").map(|port| format!(":{port}")).unwrap_or_default();
    format!("{system}://{host}{port}/{database}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::test_spans::attribute;
    use super::*;

    #[test]
    fn a_statement_has_its_text_and_its_database_without_a_password() {
        let attributes = [
            attribute("db.system.name", "postgresql"),
            attribute("db.namespace", "cruddur"),
            attribute("server.address", "db.example"),
            attribute("server.port", 5432),
            attribute("db.query.text", "SELECT * FROM users WHERE handle = $1"),
        ];
        let expected = json!({
            "database_type": "postgresql", "url": "postgresql://db.example:5432/cruddur",
            "sanitized_query": "SELECT * FROM users WHERE handle = $1",
        });
        assert_eq!(sql(Attributes(&attributes)), Some(expected));
        let file = [attribute("db.system.name", "sqlite"), attribute("db.namespace", "users.db")];
        assert_eq!(sql(Attributes(&file)).expect("SQL")["url"], "sqlite:users.db");
        let former = [
            attribute("db.system", "mysql"),
            attribute("db.connection_string", "mysql://me:secret@db/shop?password=secret"),
        ];
        assert_eq!(sql(Attributes(&former)).expect("SQL")["url"], "mysql://db/shop");
    }

    #[test]
    fn a_span_of_another_store_has_no_sql() {
        assert_eq!(sql(Attributes(&[attribute("db.system.name", "redis")])), None);
        assert_eq!(sql(Attributes(&[])), None);
    }
}
