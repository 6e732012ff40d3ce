//! Environment variables with a wrong value.

use std::borrow::Cow;
use std::error::Error;
use std::io::ErrorKind;
use std::net::{SocketAddr, ToSocketAddrs};

/// An environment variable has a value that it must not have. Displays as one line that says what to change.
#[derive(Debug, thiserror::Error)]
#[error("{variable} must be {expected}{}", shown(.value.as_deref()))]
pub struct ConfigError {
    pub variable: String,
    pub expected: Cow<'static, str>,
    /// `None` for a value that may be or contain a secret: no error prints it.
    pub value: Option<String>,
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl ConfigError {
    /// An error that does not print the value.
    pub fn new(variable: &str, expected: impl Into<Cow<'static, str>>) -> Self {
        Self { variable: variable.to_owned(), expected: expected.into(), value: None, source: None }
    }

    /// Prints the value. Not for secrets, nor for URLs that may contain one.
    #[must_use]
    pub fn with_value(self, value: impl Into<String>) -> Self {
        Self { value: Some(value.into()), ..self }
    }

    #[must_use]
    pub fn because(self, source: impl Error + Send + Sync + 'static) -> Self {
        Self { source: Some(Box::new(source)), ..self }
    }
}

fn shown(value: Option<&str>) -> String {
    value.map_or_else(String::new, |value| format!(", not {value:?}"))
}

/// Parses `value` of `variable`, an address to listen on as `host:port`. Port 0 lets the system choose.
///
/// # Errors
/// [`ConfigError`] when it is not an address, or its host name has none.
pub fn address(variable: &str, value: &str) -> Result<SocketAddr, ConfigError> {
    let error =
        || ConfigError::new(variable, "an address to listen on, such as 127.0.0.1:8080").with_value(value);
    match value.to_socket_addrs() {
        Ok(mut addresses) => addresses.next().ok_or_else(error),
        // "invalid socket address" says nothing that the error does not say.
        Err(source) if source.kind() == ErrorKind::InvalidInput => Err(error()),
        Err(source) => Err(error().because(source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_a_port() {
        assert_eq!(address("ADDR", "127.0.0.1:0").unwrap().port(), 0);
        assert_eq!(
            address("ADDR", "8080").unwrap_err().to_string(),
            "ADDR must be an address to listen on, such as 127.0.0.1:8080, not \"8080\""
        );
    }

    #[test]
    fn a_value_is_printed_only_on_request() {
        let error = ConfigError::new("KEY", "16 characters or more");
        assert_eq!(error.to_string(), "KEY must be 16 characters or more");
        assert_eq!(error.with_value("short").to_string(), "KEY must be 16 characters or more, not \"short\"");
    }
}
