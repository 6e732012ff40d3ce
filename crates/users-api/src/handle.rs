//! The name under which a user is known.

use serde::{Deserialize, Serialize};

/// The longest handle, in characters.
const MAX_CHARS: usize = 30;

/// A user's handle: 1 to 30 of `a-z`, `0-9` and `_`. Upper case is accepted and folded.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(value_type = String, pattern = "^[a-z0-9_]{1,30}$", example = "andrewbrown")
)]
pub struct Handle(String);

/// It is not a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidHandle;

impl Handle {
    /// # Errors
    /// [`InvalidHandle`] for anything but 1 to 30 letters of ASCII, digits and underscores.
    pub fn parse(text: &str) -> Result<Self, InvalidHandle> {
        let fits = (1..=MAX_CHARS).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if fits { Ok(Self(text.to_ascii_lowercase())) } else { Err(InvalidHandle) }
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
        write!(f, "a handle has 1 to {MAX_CHARS} of a-z, 0-9 and _")
    }
}

impl std::error::Error for InvalidHandle {}

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
    fn handles_are_folded_to_lower_case() {
        assert_eq!(Handle::parse("AndrewBrown").unwrap().as_str(), "andrewbrown");
    }

    #[test]
    fn what_is_no_handle_is_refused() {
        for text in ["", "a b", "a/b", "é", "a,b", "a\0", &"a".repeat(31)] {
            assert_eq!(Handle::parse(text), Err(InvalidHandle), "{text:?}");
        }
    }
}
