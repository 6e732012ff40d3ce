//! Explains why a database cannot be connected to.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use tokio::time::timeout;

use crate::error::OpenError;
use crate::lease::WAIT;
use crate::pool::{Purpose, connect};
use crate::url::DatabaseUrl;

/// Explains why the first connection failed.
pub(crate) async fn connect_error(url: &DatabaseUrl, error: sqlx::Error) -> OpenError {
    // The pool retries some errors until its timeout, and loses them. One more attempt shows the error.
    let error = match error {
        sqlx::Error::PoolTimedOut => match timeout(WAIT, connect(url, Purpose::Read)).await {
            Ok(Err(error)) => error,
            Ok(Ok(_)) | Err(_) => sqlx::Error::Io(io::ErrorKind::TimedOut.into()),
        },
        error => error,
    };
    if let sqlx::Error::Configuration(_) = error {
        return OpenError::InvalidUrl(error);
    }
    if let Some(path) = url.file() {
        return file_error(path, url.creates_file(), error);
    }
    let server = url.server_name();
    match error {
        source @ sqlx::Error::Database(_) => OpenError::Rejected { server, source },
        sqlx::Error::Io(source) => OpenError::Unreachable { server, source: source.into() },
        source => OpenError::Unreachable { server, source: source.into() },
    }
}

/// SQLite only reports that it is "unable to open database file". The operating system knows why.
fn file_error(path: PathBuf, create: bool, error: sqlx::Error) -> OpenError {
    match File::options().write(true).create(create).truncate(false).open(&path) {
        Err(source) if source.kind() == io::ErrorKind::NotFound && !create => OpenError::MissingFile { path },
        Err(source) => OpenError::File { path, source: source.into() },
        Ok(_) => OpenError::File { path, source: error.into() },
    }
}
