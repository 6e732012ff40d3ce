//! Translates JSON objects to messages, driven by the field tables in [`schema`](super::schema).

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{
    descriptor::{Kind, Message},
    output::Output,
    scalar,
};
use crate::wire::MAX_DEPTH;

/// Deepest nesting of messages: one level of values takes up to three. Deeper messages are skipped without
/// recursion. The protobuf decoder then rejects only the span that contains them, because it is too deep as well.
const MAX_MESSAGES: u16 = 3 * MAX_DEPTH as u16 + 8;

/// Translates one message (or `null`) and appends its fields.
pub(super) fn read<'de, D: Deserializer<'de>>(
    json: D,
    message: &'static Message,
    out: &mut Output,
) -> Result<(), D::Error> {
    json.deserialize_any(Fields { message, depth: 0, out }).map(drop)
}

/// Writes the fields of an object, without tag and length of the message.
struct Fields<'w> {
    message: &'static Message,
    depth: u16,
    out: &'w mut Output,
}

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    /// Whether there was a message, rather than `null`.
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<bool, D::Error> {
        if self.depth > MAX_MESSAGES {
            return IgnoredAny::deserialize(json).map(|_| true);
        }
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    /// Whether there was a message, rather than `null`.
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message.name)
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        while let Some(name) = map.next_key_seed(scalar::Key(self.message.fields))? {
            match name {
                Some((number, kind)) => map.next_value_seed(Value {
                    number,
                    kind,
                    presence: self.message.presence,
                    depth: self.depth + 1,
                    out: &mut *self.out,
                })?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(true)
    }
}

/// Writes the value of one field.
struct Value<'w> {
    number: u32,
    kind: Kind,
    presence: bool,
    depth: u16,
    out: &'w mut Output,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        let Self { number, kind, presence, depth, out } = self;
        match kind {
            Kind::Many(message) => json.deserialize_any(Many { number, message, depth, out }),
            Kind::Inline(message) => json.deserialize_any(Fields { message, depth, out }).map(drop),
            Kind::One(message) => {
                let before = out.writer.len();
                let nested = out.writer.begin(number);
                if (Fields { message, depth, out: &mut *out }).deserialize(json)? {
                    out.writer.end(nested);
                } else {
                    out.writer.truncate(before);
                }
                Ok(())
            }
            scalar => json.deserialize_any(scalar::Scalar { number, kind: scalar, presence, out }),
        }
    }
}

/// Writes a repeated message.
struct Many<'w> {
    number: u32,
    message: &'static Message,
    depth: u16,
    out: &'w mut Output,
}

impl<'de> Visitor<'de> for Many<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an array, each element {}", self.message.name)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        loop {
            let before = self.out.writer.len();
            let nested = self.out.writer.begin(self.number);
            let each = Fields { message: self.message, depth: self.depth, out: &mut *self.out };
            if list.next_element_seed(each)?.is_none() {
                self.out.writer.truncate(before);
                return Ok(());
            }
            self.out.writer.end(nested);
        }
    }
}
