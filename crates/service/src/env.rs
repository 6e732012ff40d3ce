//! Environment variables, read once and checked before anything is opened.

use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use url::Url;

/// A variable holds something that it cannot hold. Displays as one line that says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{variable} must be {expected}")]
pub struct ConfigError {
    pub variable: String,
    pub expected: &'static str,
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl ConfigError {
    pub fn new(variable: &str, expected: &'static str) -> Self {
        Self { variable: variable.to_owned(), expected, source: None }
    }

    #[must_use]
    pub fn because(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }
}

/// The value of a variable; empty counts as unset.
///
/// # Errors
/// [`ConfigError`] when it is not UTF-8: taken for unset, a secret would silently protect nothing.
pub fn text(variable: &str) -> Result<Option<String>, ConfigError> {
    let Some(value) = std::env::var_os(variable).filter(|value| !value.is_empty()) else { return Ok(None) };
    value.into_string().map(Some).map_err(|_| ConfigError::new(variable, "text in UTF-8"))
}

/// An address to listen on, `host:port`; port 0 lets the system choose.
///
/// # Errors
/// [`ConfigError`] when it is not an address, or its host has none.
pub fn address(variable: &str, default: &str) -> Result<SocketAddr, ConfigError> {
    const EXPECTED: &str = "an address to listen on, as host:port";
    let value = text(variable)?.unwrap_or_else(|| default.to_owned());
    let mut addresses =
        value.to_socket_addrs().map_err(|error| ConfigError::new(variable, EXPECTED).because(error))?;
    addresses.next().ok_or_else(|| ConfigError::new(variable, EXPECTED))
}

/// The base URL of another service. A path in it is kept: `http://host/base` is asked for `http://host/base/users`.
///
/// # Errors
/// [`ConfigError`] when it is not an `http` or `https` URL.
pub fn base_url(variable: &str, default: &str) -> Result<Url, ConfigError> {
    const EXPECTED: &str = "the base URL of a service, as http://host:port";
    let mut value = text(variable)?.unwrap_or_else(|| default.to_owned());
    if !value.ends_with('/') {
        value.push('/');
    }
    let url = Url::parse(&value).map_err(|error| ConfigError::new(variable, EXPECTED).because(error))?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        Ok(url)
    } else {
        Err(ConfigError::new(variable, EXPECTED))
    }
}

/// A time in milliseconds, at least 1.
///
/// # Errors
/// [`ConfigError`] when it is not a whole number from 1 to 3,600,000.
pub fn milliseconds(variable: &str, default: Duration) -> Result<Duration, ConfigError> {
    let Some(value) = text(variable)? else { return Ok(default) };
    match value.parse() {
        Ok(milliseconds @ 1..=3_600_000) => Ok(Duration::from_millis(milliseconds)),
        _ => Err(ConfigError::new(variable, "a time in milliseconds, from 1 to 3600000")),
    }
}
