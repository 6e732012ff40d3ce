//! Environment variables with a wrong value.

use std::borrow::Cow;
use std::error::Error;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

use crate::harmless::{is_harmless, is_path};

/// An environment variable has a value that it must not have. Displays as one line that says what to change.
#[derive(Debug, thiserror::Error)]
#[error("{variable} must be {expected}{}", shown(.value.as_deref()))]
pub struct ConfigError {
    pub variable: String,
    pub expected: Cow<'static, str>,
    /// `None` for a value that may be or contain a secret, such as a key that belongs in another variable: no error prints it.
    pub value: Option<String>,
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl ConfigError {
    /// An error that does not print the value.
    pub fn new(variable: &str, expected: impl Into<Cow<'static, str>>) -> Self {
        Self { variable: variable.to_owned(), expected: expected.into(), value: None, source: None }
    }

    /// Prints the value, unless it may be a secret: it is printed if it is a short word, a number, `name=value` of these, a
    /// path, or a host with a port.
    #[must_use]
    pub fn with_value(self, value: impl Into<String>) -> Self {
        Self { value: Some(value.into()).filter(|value| is_printable(value)), ..self }
    }

    #[must_use]
    pub fn because(self, source: impl Error + Send + Sync + 'static) -> Self {
        Self { source: Some(Box::new(source)), ..self }
    }
}

fn shown(value: Option<&str>) -> String {
    value.map_or_else(String::new, |value| format!(", not {value:?}"))
}

/// Whether an error can print a value, because it is no secret.
pub(crate) fn is_printable(value: &str) -> bool {
    let is_pair =
        || value.split_once('=').is_some_and(|(name, value)| is_harmless(name) && is_harmless(value));
    is_harmless(value) || is_path(value) || is_address(value) || is_pair()
}

/// Whether a value is `host:port`. A password after a user is hardly ever a port.
fn is_address(value: &str) -> bool {
    let is_host = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.[]:".contains(&byte);
    value
        .rsplit_once(':')
        .is_some_and(|(host, port)| host.bytes().all(is_host) && port.parse::<u16>().is_ok())
}

/// Parses `value` of `variable`, `host:port` to listen on, and returns all addresses of the host, IPv4 first. Port 0 lets the
/// system choose. `localhost` has both loopback addresses: which of them a program means by it depends on its language.
///
/// # Errors
/// [`ConfigError`] when it is not an address, or its host name has none.
pub fn addresses(variable: &str, value: &str) -> Result<Vec<SocketAddr>, ConfigError> {
    let error =
        || ConfigError::new(variable, "an address to listen on, such as 127.0.0.1:8080").with_value(value);
    let mut addresses: Vec<_> = match value.to_socket_addrs() {
        Ok(addresses) => addresses.collect(),
        // "invalid socket address" says nothing that the error does not say.
        Err(source) if source.kind() == ErrorKind::InvalidInput => return Err(error()),
        Err(source) => return Err(error().because(source)),
    };
    let port = addresses.first().ok_or_else(error)?.port();
    if value.rsplit_once(':').is_some_and(|(host, _)| host.eq_ignore_ascii_case("localhost")) {
        return Ok(vec![(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]);
    }
    addresses.sort_unstable();
    addresses.dedup();
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localhost_is_both_loopback_addresses() {
        for value in ["localhost:4318", "LocalHost:4318"] {
            let found = addresses("ADDR", value).unwrap();
            assert_eq!(found, ["127.0.0.1:4318".parse().unwrap(), "[::1]:4318".parse().unwrap()]);
        }
        assert_eq!(addresses("ADDR", "127.0.0.1:0").unwrap(), ["127.0.0.1:0".parse().unwrap()]);
        assert_eq!(addresses("ADDR", "[::1]:80").unwrap(), ["[::1]:80".parse().unwrap()]);
        assert!(addresses("ADDR", "localhost").is_err());
    }

    #[test]
    fn an_address_has_a_host_and_a_port() {
        assert_eq!(addresses("ADDR", "127.0.0.1:0").unwrap()[0].port(), 0);
        assert_eq!(
            addresses("ADDR", "8080").unwrap_err().to_string(),
            "ADDR must be an address to listen on, such as 127.0.0.1:8080, not \"8080\""
        );
    }

    #[test]
    fn a_value_is_printed_only_on_request() {
        let error = ConfigError::new("KEY", "16 characters or more");
        assert_eq!(error.to_string(), "KEY must be 16 characters or more");
        assert_eq!(error.with_value("short").to_string(), "KEY must be 16 characters or more, not \"short\"");
    }

    #[test]
    fn a_value_that_may_be_a_secret_is_never_printed() {
        let error = |value: &str| ConfigError::new("ADDR", "an address").with_value(value).to_string();
        for printed in
            ["nonsense", "1MiB", "redb=loud", "/etc/doctor.toml", "users.internal:8082", "[::1]:80"]
        {
            assert_eq!(error(printed), format!("ADDR must be an address, not {printed:?}"));
        }
        for secret in [
            "hcaik_0123456789",
            "key=hcaik_0123456789",
            "AKIAIOSFODNN7EXAMPLE:8080",
            "http://me:hunter2@users:8082",
            "me:hunter2",
            "https://feed.example/services/T0123",
        ] {
            assert_eq!(error(secret), "ADDR must be an address", "{secret}");
        }
    }
}
