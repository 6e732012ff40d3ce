//! Attribute values for the page, each with its type, in a limited number.

use std::{borrow::Cow, cell::Cell};

use serde::{Serialize, Serializer};
use trace_model::{Attribute, Value};

/// Number of values that a part of a response may still contain. Further ones are left out; the trace's OTLP export has
/// them all.
pub(super) struct ValueLimit {
    remaining: Cell<usize>,
    exceeded: Cell<bool>,
}

impl ValueLimit {
    pub(super) const fn new(values: usize) -> Self {
        Self { remaining: Cell::new(values), exceeded: Cell::new(false) }
    }

    /// Counts one value. False when it must be left out.
    pub(super) fn take(&self) -> bool {
        let remaining = self.remaining.get();
        self.remaining.set(remaining.saturating_sub(1));
        self.exceeded.set(self.exceeded.get() || remaining == 0);
        remaining > 0
    }

    /// Whether a value had to be left out.
    pub(super) const fn is_exceeded(&self) -> bool {
        self.exceeded.get()
    }
}

#[derive(Serialize)]
pub(super) struct AttributeJson<'a> {
    key: Cow<'a, str>,
    #[serde(flatten)]
    value: ValueJson<'a>,
}

pub(super) fn attributes<'a>(
    attributes: impl Iterator<Item = Attribute<'a>>,
    limit: &ValueLimit,
) -> Vec<AttributeJson<'a>> {
    attributes
        .take_while(|_| limit.take())
        .map(|Attribute { key, value }| AttributeJson { key, value: ValueJson::new(value, limit) })
        .collect()
}

/// A value as `{"type": .., "value": ..}`. Integers are text, so that all 64 bits are exact in JavaScript.
#[derive(Serialize)]
#[serde(tag = "type", content = "value", rename_all = "lowercase")]
pub(super) enum ValueJson<'a> {
    Empty(()),
    String(Cow<'a, str>),
    Int(String),
    Double(Double),
    Bool(bool),
    Bytes(Base64<'a>),
    Array(Vec<ValueJson<'a>>),
    KvList(Vec<AttributeJson<'a>>),
}

impl<'a> ValueJson<'a> {
    pub(super) fn new(value: Value<'a>, limit: &ValueLimit) -> Self {
        match value {
            Value::Empty => Self::Empty(()),
            Value::String(text) => Self::String(text),
            Value::Bool(bool) => Self::Bool(bool),
            Value::Int(int) => Self::Int(int.to_string()),
            Value::Double(double) => Self::Double(Double(double)),
            Value::Bytes(bytes) => Self::Bytes(Base64(bytes)),
            Value::Array(array) => {
                let values = array.iter().take_while(|_| limit.take());
                Self::Array(values.map(|value| Self::new(value, limit)).collect())
            }
            Value::Map(map) => Self::KvList(attributes(map.iter(), limit)),
        }
    }
}

/// A number, or the name of a value that JSON has no number for (`NaN`, `inf`).
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
