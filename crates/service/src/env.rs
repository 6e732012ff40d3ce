//! Environment variables, read once and checked before anything is opened.

use std::net::SocketAddr;
use std::time::Duration;

use url::Url;

pub use process::ConfigError;

/// The value of a variable. An empty one counts as unset.
///
/// # Errors
/// [`ConfigError`] when it is not UTF-8. Treated as unset, a secret would silently protect nothing.
pub fn text(variable: &str) -> Result<Option<String>, ConfigError> {
    let Some(value) = std::env::var_os(variable).filter(|value| !value.is_empty()) else { return Ok(None) };
    value.into_string().map(Some).map_err(|_| ConfigError::new(variable, "text in UTF-8"))
}

/// Addresses to listen on, `host:port`; port 0 lets the system choose.
///
/// # Errors
/// [`ConfigError`] when it is not an address, or its host name has none.
pub fn addresses(variable: &str, default: &str) -> Result<Vec<SocketAddr>, ConfigError> {
    process::addresses(variable, text(variable)?.as_deref().unwrap_or(default))
}

/// The base URL of another service. Its path is kept: `http://host/base` becomes `http://host/base/users`.
///
/// # Errors
/// [`ConfigError`] when it is not an `http` or `https` URL, or has a query.
pub fn base_url(variable: &str, default: &str) -> Result<Url, ConfigError> {
    let value = text(variable)?.unwrap_or_else(|| default.to_owned());
    let slash = if value.ends_with('/') { "" } else { "/" };
    Url::parse(&format!("{value}{slash}"))
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none())
        .ok_or_else(|| {
            let expected = "the base URL of a service without a query, such as http://127.0.0.1:8080";
            ConfigError::new(variable, expected).with_value(value)
        })
}

/// A duration in milliseconds.
///
/// # Errors
/// [`ConfigError`] when it is not a whole number from 1 to 3,600,000.
pub fn milliseconds(variable: &str, default: Duration) -> Result<Duration, ConfigError> {
    let Some(value) = text(variable)? else { return Ok(default) };
    match value.parse() {
        Ok(milliseconds @ 1..=3_600_000) => Ok(Duration::from_millis(milliseconds)),
        _ => {
            Err(ConfigError::new(variable, "a duration in milliseconds, from 1 to 3600000").with_value(value))
        }
    }
}
