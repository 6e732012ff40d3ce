//! Errors of opening a database: each says what happened and what to change, once, without a password.

use std::error::Error;
use std::path::Path;

use database::{Database, DatabaseUrl, OpenError};
use tempfile::TempDir;

async fn open_error(url: &str) -> OpenError {
    Database::open(&DatabaseUrl::parse(url).unwrap(), &[]).await.err().expect("it cannot be opened")
}

fn source(error: &OpenError) -> String {
    error.source().expect("it has a reason").to_string()
}

fn file(directory: &TempDir, name: &str) -> String {
    directory.path().join(name).display().to_string()
}

#[tokio::test]
async fn a_missing_file_asks_for_mode_rwc() {
    let directory = TempDir::new().unwrap();
    for path in [file(&directory, "users.db"), file(&directory, "missing/users.db")] {
        let error = open_error(&format!("sqlite://{path}")).await;
        let expected =
            format!("SQLite file {path} does not exist; create it, or append ?mode=rwc to its URL");
        assert_eq!(error.to_string(), expected);
        assert!(error.source().is_none(), "{error:?}");
    }
    assert!(!Path::new(&file(&directory, "missing")).exists(), "no directory is created without mode=rwc");
}

#[tokio::test]
async fn a_directory_that_cannot_be_created_is_reported() {
    let directory = TempDir::new().unwrap();
    std::fs::write(file(&directory, "taken"), "").unwrap();
    let path = file(&directory, "taken/users.db");
    let error = open_error(&format!("sqlite://{path}?mode=rwc")).await;
    assert!(error.to_string().starts_with(&format!("cannot create the directory of SQLite file {path}; ")));
    assert!(source(&error).contains("(os error "), "{error:?}");
}

#[tokio::test]
async fn a_file_that_cannot_be_written_has_the_reason_of_the_operating_system() {
    let directory = TempDir::new().unwrap();
    // /proc allows no new files, not even to root; and a directory is not a file.
    for path in ["/proc/users.db".to_owned(), directory.path().display().to_string()] {
        let error = open_error(&format!("sqlite://{path}?mode=rwc")).await;
        assert!(error.to_string().starts_with(&format!("cannot open SQLite file {path}; ")), "{error}");
        assert!(source(&error).contains("(os error "), "{error:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_not_a_database_is_not_opened() {
    let directory = TempDir::new().unwrap();
    let path = file(&directory, "text.db");
    std::fs::write(&path, "Text that is longer than the header of an SQLite file. ".repeat(4)).unwrap();
    let error = open_error(&format!("sqlite://{path}")).await;
    assert!(error.to_string().starts_with(&format!("cannot open SQLite file {path}; ")), "{error}");
    assert!(source(&error).contains("file is not a database"), "{error:?}");
}

#[tokio::test]
async fn a_server_that_does_not_listen_is_named_without_the_password() {
    let error = open_error("postgres://me:hunter2@127.0.0.1:1/users").await;
    assert_eq!(
        error.to_string(),
        "cannot connect to PostgreSQL at 127.0.0.1:1; start it, or correct host and port in the URL"
    );
    assert!(source(&error).contains("Connection refused"), "{error:?}");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn an_invalid_url_is_reported_without_the_password() {
    for url in ["postgres://me:hunter2@127.0.0.1:port/users", "sqlite:///tmp/users.db?mode=best"] {
        let error = open_error(url).await;
        assert!(matches!(error, OpenError::InvalidUrl(_)), "{error:?}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL (TEST_POSTGRES_URL): run by .ci/run"]
async fn postgres_rejects_a_missing_database() {
    let url = testkit::postgres_database().await;
    let error = open_error(&format!("{url}-missing")).await;
    assert!(
        error.to_string().contains(" rejected the connection; correct user, password or database"),
        "{error}"
    );
    assert!(source(&error).contains("does not exist"), "{error:?}");
}
