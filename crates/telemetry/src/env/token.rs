//! Tokens and keys of destinations.

use std::fmt;

use http::header::{HeaderValue, InvalidHeaderValue};

use super::reader::Reader;
use super::spelling::oddity;

/// A token or key that is sent as a header. It is never printed.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Token(pub(crate) String);

impl Token {
    /// The token, which is one word, as [`read_header`](Self::read_header) reads it.
    pub(super) fn read(reader: &mut Reader<'_>, name: &str) -> Option<Self> {
        let token = Self::read_header(reader, name)?;
        if let Some(what) = oddity(&token.0).and_then(|oddity| oddity.strip_prefix("it ")) {
            reader.warnings.push(format!("{name} {what}: copy its value again"));
        }
        Some(token)
    }

    /// The token, unless it is no header value; then a warning that does not contain it.
    pub(super) fn read_header(reader: &mut Reader<'_>, name: &str) -> Option<Self> {
        let token = Self::parse(&reader.named(name)?);
        if token.is_none() {
            reader.warnings.push(format!("{name} is ignored: it must consist of visible ASCII characters"));
        }
        token
    }

    /// `None` for the empty text, and for what is no header value.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_valid = !text.is_empty() && text.is_ascii() && text.parse::<HeaderValue>().is_ok();
        is_valid.then(|| Self(text.to_owned()))
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
