//! Handle: the unique name of a user.

use problem::Violation;
use serde::{Deserialize, Serialize};

/// The longest handle, in characters.
const MAX_CHARS: usize = 30;

/// The handle of a user: 1 to 30 of `a-z`, `0-9` and `_`. Upper case is accepted and converted to lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(value_type = String, pattern = "^[a-z0-9_]{1,30}$", example = "andrewbrown")
)]
pub struct Handle(String);

/// A text is not a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidHandle {
    Blank,
    /// Too long, or with other characters.
    Malformed,
}

impl Handle {
    /// # Errors
    /// [`InvalidHandle`] unless the text is 1 to 30 ASCII letters, digits and underscores.
    pub fn parse(text: &str) -> Result<Self, InvalidHandle> {
        if text.is_empty() {
            return Err(InvalidHandle::Blank);
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if text.len() > MAX_CHARS || !text.bytes().all(allowed) {
            return Err(InvalidHandle::Malformed);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Display for InvalidHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Blank => f.write_str("it must not be blank"),
            Self::Malformed => write!(f, "it must have 1 to {MAX_CHARS} characters of a-z, 0-9 and _"),
        }
    }
}

impl std::error::Error for InvalidHandle {}

impl From<InvalidHandle> for Violation {
    fn from(error: InvalidHandle) -> Self {
        let code = match error {
            InvalidHandle::Blank => "blank_user_handle",
            InvalidHandle::Malformed => "invalid_user_handle",
        };
        Self::new(code, "handle", error.to_string())
    }
}

impl TryFrom<String> for Handle {
    type Error = InvalidHandle;

    fn try_from(text: String) -> Result<Self, InvalidHandle> {
        Self::parse(&text)
    }
}

impl From<Handle> for String {
    fn from(handle: Handle) -> Self {
        handle.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_converted_to_lower_case() {
        assert_eq!(Handle::parse("AndrewBrown").unwrap().as_str(), "andrewbrown");
    }

    #[test]
    fn blank_and_malformed_handles_are_rejected() {
        assert_eq!(Handle::parse(""), Err(InvalidHandle::Blank));
        for text in [" ", "a b", "a/b", "é", "a,b", "a\0", &"a".repeat(31)] {
            assert_eq!(Handle::parse(text), Err(InvalidHandle::Malformed), "{text:?}");
        }
    }
}
