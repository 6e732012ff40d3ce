//! Microseconds since the epoch, as Jaeger and Zipkin write times and durations: any number of JSON.

use std::fmt;

use serde::{Deserialize, Deserializer, de};

/// Microseconds. Missing, `null` and what is no number are zero.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Micros(i128);

impl Micros {
    pub(crate) const fn nanos(self) -> i128 {
        self.0.saturating_mul(1_000)
    }
}

impl<'de> Deserialize<'de> for Micros {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Any;

        impl de::Visitor<'_> for Any {
            type Value = i128;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of microseconds")
            }

            fn visit_unit<E>(self) -> Result<i128, E> {
                Ok(0)
            }

            fn visit_u64<E>(self, micros: u64) -> Result<i128, E> {
                Ok(micros.into())
            }

            fn visit_i64<E>(self, micros: i64) -> Result<i128, E> {
                Ok(micros.into())
            }

            #[expect(clippy::cast_possible_truncation, reason = "the conversion saturates")]
            fn visit_f64<E>(self, micros: f64) -> Result<i128, E> {
                Ok(micros as i128)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<i128, E> {
                text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }

        json.deserialize_any(Any).map(Self)
    }
}
