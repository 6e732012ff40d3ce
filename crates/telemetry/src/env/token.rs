//! Tokens and keys of destinations.

use std::fmt;

use http::header::{HeaderValue, InvalidHeaderValue};

use super::reader::Reader;

/// A token or key that is sent as a header. It is never printed.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Token(pub(crate) String);

impl Token {
    /// The token, unless it is no header value; then a warning that does not contain it.
    pub(super) fn read(reader: &mut Reader<'_>, name: &str) -> Option<Self> {
        let token = reader.named(name)?;
        if token.parse::<HeaderValue>().is_err() || !token.is_ascii() {
            reader.warnings.push(format!("{name} is ignored: it must consist of visible ASCII characters"));
            return None;
        }
        Some(Self(token))
    }

    /// The token as the value of a header, which is never printed.
    pub(crate) fn header(&self) -> Result<HeaderValue, InvalidHeaderValue> {
        let mut value = HeaderValue::from_str(&self.0)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("REDACTED")
    }
}
