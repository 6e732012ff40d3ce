//! Attributes of decoded OTLP, as texts, numbers and JSON.

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use serde_json::{Map, Value};

use crate::export::hex;

/// The attributes of a span, event or link.
#[derive(Clone, Copy)]
pub(super) struct Attributes<'a>(pub(super) &'a [KeyValue]);

impl<'a> Attributes<'a> {
    /// The value of a text attribute; `None` when it is empty.
    pub(super) fn text(self, key: &str) -> Option<&'a str> {
        match self.get(key)? {
            Any::StringValue(text) => Some(text.as_str()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// The first of these attributes that is a text.
    pub(super) fn first_text(self, keys: &[&str]) -> Option<&'a str> {
        keys.iter().find_map(|key| self.text(key))
    }

    /// The value of an integer attribute.
    pub(super) fn integer(self, key: &str) -> Option<i64> {
        match self.get(key)? {
            Any::IntValue(number) => Some(*number),
            _ => None,
        }
    }

    /// The texts of an array.
    pub(super) fn texts(self, key: &str) -> Vec<&'a str> {
        let Some(Any::ArrayValue(array)) = self.get(key) else { return Vec::new() };
        let text = |value: &'a AnyValue| match value.value.as_ref()? {
            Any::StringValue(text) => Some(text.as_str()),
            _ => None,
        };
        array.values.iter().filter_map(text).collect()
    }

    /// Whether one of these attributes exists.
    pub(super) fn has_any(self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.get(key).is_some())
    }

    /// All attributes, as JSON.
    pub(super) fn json(self) -> Map<String, Value> {
        self.0.iter().map(|attribute| (attribute.key.clone(), json(attribute.value.as_ref()))).collect()
    }

    fn get(self, key: &str) -> Option<&'a Any> {
        self.0.iter().find(|attribute| attribute.key == key)?.value.as_ref()?.value.as_ref()
    }
}

/// A value as JSON. Bytes are hexadecimal digits; a number that JSON does not have is a text.
pub(super) fn json(value: Option<&AnyValue>) -> Value {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Any::StringValue(text)) => Value::from(text.as_str()),
        Some(Any::BoolValue(value)) => Value::from(*value),
        Some(Any::IntValue(value)) => Value::from(*value),
        Some(Any::DoubleValue(value)) if value.is_finite() => Value::from(*value),
        Some(Any::DoubleValue(value)) => Value::from(value.to_string()),
        Some(Any::BytesValue(bytes)) => Value::from(hex(bytes)),
        Some(Any::ArrayValue(array)) => array.values.iter().map(|value| json(Some(value))).collect(),
        Some(Any::KvlistValue(list)) => Attributes(&list.values).json().into(),
        Some(_) | None => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json as expected;

    use super::*;

    #[test]
    fn values_of_every_kind_become_json() {
        let any = |value| AnyValue { value: Some(value) };
        assert_eq!(json(Some(&any(Any::DoubleValue(f64::NAN)))), expected!("NaN"));
        assert_eq!(json(Some(&any(Any::DoubleValue(0.5)))), expected!(0.5));
        assert_eq!(json(Some(&any(Any::BytesValue(vec![0, 255])))), expected!("00ff"));
        let list = vec![any(Any::IntValue(1)), any(Any::BoolValue(true))];
        let array = opentelemetry_proto::tonic::common::v1::ArrayValue { values: list };
        assert_eq!(json(Some(&any(Any::ArrayValue(array)))), expected!([1, true]));
        assert_eq!(json(None), Value::Null);
    }
}
