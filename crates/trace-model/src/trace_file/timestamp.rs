//! Times in text, as RFC 3339 has them.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, de};

/// Nanoseconds since the epoch of a time in RFC 3339, which may be out of OTLP's range. `null` and Go's zero time are unset.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rfc3339(pub(super) i128);

/// Go's zero time, which stands for none.
const GO_ZERO: &str = "0001-01-01T00:00:00Z";

impl<'de> Deserialize<'de> for Rfc3339 {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        let Some(text) = Option::<Cow<'de, str>>::deserialize(json)? else { return Ok(Self(0)) };
        if text.is_empty() || text == GO_ZERO {
            return Ok(Self(0));
        }
        match text.parse::<jiff::Timestamp>() {
            Ok(time) => Ok(Self(time.as_nanosecond())),
            Err(_) => {
                Err(de::Error::custom(format_args!("{text:?} is not a time such as 2024-05-17T09:30:00.5Z")))
            }
        }
    }
}
