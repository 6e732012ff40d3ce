//! Serializes attributes and their values.

use std::borrow::Cow;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{List, Quoted};
use crate::value::{Attribute, Value};

#[derive(Serialize)]
pub(super) struct KeyValue<'a> {
    key: Cow<'a, str>,
    value: AnyValue<'a>,
}

impl<'a> From<Attribute<'a>> for KeyValue<'a> {
    fn from(attribute: Attribute<'a>) -> Self {
        Self { key: attribute.key, value: AnyValue(attribute.value) }
    }
}

pub(super) struct AnyValue<'a>(pub(super) Value<'a>);

impl Serialize for AnyValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match &self.0 {
            Value::Empty => {}
            Value::String(text) => map.serialize_entry("stringValue", text)?,
            Value::Bool(bit) => map.serialize_entry("boolValue", bit)?,
            Value::Int(int) => map.serialize_entry("intValue", &Quoted(int))?,
            Value::Double(double) if double.is_finite() => map.serialize_entry("doubleValue", double)?,
            Value::Double(double) => map.serialize_entry("doubleValue", non_finite_name(*double))?,
            Value::Bytes(bytes) => map.serialize_entry("bytesValue", &BASE64_STANDARD.encode(bytes))?,
            Value::Array(array) => {
                map.serialize_entry("arrayValue", &Values { values: List(|| array.iter().map(AnyValue)) })?;
            }
            Value::Map(inner) => {
                let values = List(|| inner.iter().map(KeyValue::from));
                map.serialize_entry("kvlistValue", &Values { values })?;
            }
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Values<L> {
    values: L,
}

/// Proto3's JSON names of NaN and the infinities, which JSON numbers cannot express.
pub(crate) fn non_finite_name(double: f64) -> &'static str {
    if double.is_nan() {
        "NaN"
    } else if double > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}
