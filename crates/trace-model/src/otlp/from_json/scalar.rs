//! Translates scalar fields, in every form that proto3's JSON mapping allows, and looks up field names.

use std::{borrow::Cow, fmt};

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde::de::{DeserializeSeed, Deserializer, Error, Visitor};

use super::{descriptor::Kind, output::Output};
use crate::id::hex_digit;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Looks up a field name in the table of its message. Yields `None` for an unknown name.
pub(super) struct Key(pub(super) &'static [(&'static str, u32, Kind)]);

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Option<(u32, Kind)>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for Key {
    type Value = Option<(u32, Kind)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        let find = |name: &str| self.0.iter().find(|(field, ..)| *field == name);
        // proto3's JSON mapping also has the names of the .proto file.
        let field = find(name).or_else(|| name.contains('_').then(|| find(&camel_case(name)))?);
        Ok(field.map(|(_, number, kind)| (*number, *kind)))
    }
}

fn camel_case(name: &str) -> String {
    let mut after_underscore = false;
    let char = |char: char| {
        let is_upper = std::mem::replace(&mut after_underscore, char == '_');
        (char != '_').then(|| if is_upper { char.to_ascii_uppercase() } else { char })
    };
    name.chars().filter_map(char).collect()
}

/// Writes one scalar field.
pub(super) struct Scalar<'w> {
    pub(super) number: u32,
    pub(super) kind: Kind,
    /// Whether default values are written too.
    pub(super) presence: bool,
    pub(super) out: &'w mut Output,
}

impl Visitor<'_> for Scalar<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Text => "a string",
            Kind::Id => "an id in hex",
            Kind::Base64 => "bytes in base64",
            Kind::Bool => "a boolean",
            Kind::Int64 => "a 64-bit integer",
            Kind::Double => "a number",
            Kind::Time => "nanoseconds since the epoch",
            Kind::Fixed32 | Kind::Uint32 => "an unsigned 32-bit integer",
            Kind::Enum(_) => "an enum number",
            Kind::One(_) | Kind::Many(_) | Kind::Inline(_) => "a message",
        })
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, bit: bool) -> Result<(), E> {
        if !matches!(self.kind, Kind::Bool) {
            return Err(E::invalid_type(serde::de::Unexpected::Bool(bit), &self));
        }
        self.varint(u64::from(bit));
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.integer(i128::from(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.integer(i128::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        match self.kind {
            Kind::Double => {
                self.fixed64(value.to_bits());
                Ok(())
            }
            // proto3 accepts 5.0 and 1e3 as integers. The bound is slightly above 2^63. A time above it is clamped.
            _ if value.fract() == 0.0 && (value.abs() < 9.3e18 || matches!(self.kind, Kind::Time)) =>
            {
                #[expect(clippy::cast_possible_truncation, reason = "an integer, or a time that is clamped")]
                self.integer(value as i128)
            }
            _ => Err(E::invalid_type(serde::de::Unexpected::Float(value), &self)),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        match self.kind {
            Kind::Text => self.bytes(text.as_bytes()),
            Kind::Id => self.bytes(&id(text)),
            Kind::Base64 => {
                let bytes = STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text));
                self.bytes(&bytes.map_err(|_| invalid("base64 string", text))?);
            }
            Kind::Double => self.fixed64(double(text).ok_or_else(|| invalid("number", text))?.to_bits()),
            Kind::Enum(names) => {
                let index = names.iter().position(|name| *name == text);
                let value = index.map(|index| index as u64).or_else(|| text.parse().ok());
                self.varint(value.ok_or_else(|| invalid("enum value", text))?);
            }
            Kind::Int64 | Kind::Time | Kind::Fixed32 | Kind::Uint32 => {
                return match (text.parse::<i128>(), text.parse::<f64>()) {
                    (Ok(value), _) => self.integer(value),
                    (_, Ok(value)) if value.fract() == 0.0 => self.visit_f64(value),
                    _ => Err(invalid("integer", text)),
                };
            }
            Kind::Bool | Kind::One(_) | Kind::Many(_) | Kind::Inline(_) => {
                return Err(E::invalid_type(serde::de::Unexpected::Str(text), &self));
            }
        }
        Ok(())
    }
}

impl Scalar<'_> {
    /// Writes an integer as the type of the field.
    fn integer<E: Error>(self, value: i128) -> Result<(), E> {
        let bad = || E::custom(format_args!("{value} is out of range"));
        match self.kind {
            Kind::Int64 => self.varint(i64::try_from(value).map_err(|_| bad())?.cast_unsigned()),
            Kind::Time => {
                let nanos = self.out.clamp.nanos(value);
                self.fixed64(nanos);
            }
            Kind::Fixed32 => {
                let value = u32::try_from(value).map_err(|_| bad())?;
                if self.presence || value != 0 {
                    self.out.writer.fixed32(self.number, value);
                }
            }
            Kind::Uint32 => self.varint(u64::from(u32::try_from(value).map_err(|_| bad())?)),
            Kind::Enum(_) => {
                // A negative number takes ten bytes, as protobuf specifies.
                self.varint(i64::from(i32::try_from(value).map_err(|_| bad())?).cast_unsigned());
            }
            Kind::Double => {
                #[expect(clippy::cast_precision_loss, reason = "a JSON number becomes the nearest double")]
                self.fixed64((value as f64).to_bits());
            }
            _ => return Err(E::custom("unexpected number")),
        }
        Ok(())
    }

    fn varint(self, value: u64) {
        if self.presence || value != 0 {
            self.out.writer.varint(self.number, value);
        }
    }

    fn fixed64(self, value: u64) {
        if self.presence || value != 0 {
            self.out.writer.fixed64(self.number, value);
        }
    }

    fn bytes(self, value: &[u8]) {
        if self.presence || !value.is_empty() {
            self.out.writer.bytes(self.number, value);
        }
    }
}

fn invalid<E: Error>(expected: &str, text: &str) -> E {
    let start: String = text.chars().take(40).collect();
    E::custom(format_args!("{start:?} is not a valid {expected}"))
}

/// Decodes hex of either case, or padded base64, which Tempo writes. Anything else becomes a single byte, which is an
/// invalid id.
fn id(text: &str) -> Cow<'static, [u8]> {
    let bytes = if text.ends_with('=') { STANDARD.decode(text).ok() } else { hex(text) };
    bytes.map_or(Cow::Borrowed(&[0xff]), Cow::Owned)
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(hex_digit(*high)? << 4 | hex_digit(*low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(byte).collect()
}

fn double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => text.parse().ok(),
    }
}
