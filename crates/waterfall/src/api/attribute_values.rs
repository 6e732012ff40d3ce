//! Attribute values for the page, each with its type beside it, and no more of them than can be shown.

use std::{borrow::Cow, cell::Cell};

use serde::{Serialize, Serializer};
use trace_model::{Attribute, Value};

/// How many values a part of an answer may still have. Of ten million attributes the first are shown; all of them are in
/// the trace's OTLP.
pub(super) struct Room {
    left: Cell<usize>,
    full: Cell<bool>,
}

impl Room {
    pub(super) const fn new(values: usize) -> Self {
        Self { left: Cell::new(values), full: Cell::new(false) }
    }

    /// Takes the place of one value, if there is one.
    pub(super) fn take(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        self.full.set(self.full.get() || left == 0);
        left > 0
    }

    /// Whether something had to be left out.
    pub(super) const fn was_full(&self) -> bool {
        self.full.get()
    }
}

#[derive(Serialize)]
pub(super) struct AttributeJson<'a> {
    key: Cow<'a, str>,
    #[serde(flatten)]
    value: TypedJson<'a>,
}

pub(super) fn attributes<'a>(
    attributes: impl Iterator<Item = Attribute<'a>>,
    room: &Room,
) -> Vec<AttributeJson<'a>> {
    let shown = attributes.take_while(|_| room.take());
    shown.map(|Attribute { key, value }| AttributeJson { key, value: TypedJson::new(value, room) }).collect()
}

/// A value with its type beside it.
#[derive(Serialize)]
#[serde(tag = "type", content = "value", rename_all = "lowercase")]
pub(super) enum TypedJson<'a> {
    Empty(()),
    String(Cow<'a, str>),
    Int(String),
    Double(Double),
    Bool(bool),
    Bytes(Base64<'a>),
    Array(Vec<TypedJson<'a>>),
    KvList(Vec<AttributeJson<'a>>),
}

impl<'a> TypedJson<'a> {
    pub(super) fn new(value: Value<'a>, room: &Room) -> Self {
        match value {
            Value::Empty => Self::Empty(()),
            Value::String(text) => Self::String(text),
            Value::Bool(bit) => Self::Bool(bit),
            Value::Int(int) => Self::Int(int.to_string()),
            Value::Double(double) => Self::Double(Double(double)),
            Value::Bytes(bytes) => Self::Bytes(Base64(bytes)),
            Value::Array(array) => {
                let shown = array.iter().take_while(|_| room.take());
                Self::Array(shown.map(|value| Self::new(value, room)).collect())
            }
            Value::Map(map) => Self::KvList(attributes(map.iter(), room)),
        }
    }
}

/// A number, or the name of what JSON has no number for.
pub(super) struct Double(f64);

impl Serialize for Double {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() { serializer.serialize_f64(self.0) } else { serializer.collect_str(&self.0) }
    }
}

pub(super) struct Base64<'a>(&'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use base64::{Engine, prelude::BASE64_STANDARD};
        serializer.serialize_str(&BASE64_STANDARD.encode(self.0))
    }
}
