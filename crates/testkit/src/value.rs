//! Attribute values with their exact type: the integer 200 differs from the string "200".

use std::fmt;

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};

/// A received attribute value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// An attribute without a value.
    Empty,
    /// `string_value`
    String(String),
    /// `bool_value`
    Bool(bool),
    /// `int_value`
    Int(i64),
    /// `double_value`
    Double(f64),
    /// `bytes_value`
    Bytes(Vec<u8>),
    /// `array_value`
    Array(Vec<Value>),
    /// `kvlist_value`
    Map(Vec<(String, Value)>),
}

impl Value {
    /// The text of a string value.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number of an integer value.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn decode(value: Option<AnyValue>) -> Self {
        match value.and_then(|value| value.value) {
            None => Self::Empty,
            Some(any_value::Value::StringValue(text)) => Self::String(text),
            Some(any_value::Value::BoolValue(flag)) => Self::Bool(flag),
            Some(any_value::Value::IntValue(number)) => Self::Int(number),
            Some(any_value::Value::DoubleValue(number)) => Self::Double(number),
            Some(any_value::Value::BytesValue(bytes)) => Self::Bytes(bytes),
            Some(any_value::Value::ArrayValue(array)) => {
                Self::Array(array.values.into_iter().map(|value| Self::decode(Some(value))).collect())
            }
            Some(any_value::Value::KvlistValue(list)) => Self::Map(attributes(list.values)),
            Some(other) => panic!("unexpected type of value: {other:?}"),
        }
    }
}

/// Decodes a list of attributes, in the order received.
pub(crate) fn attributes(list: Vec<KeyValue>) -> Vec<(String, Value)> {
    list.into_iter().map(|pair| (pair.key, Value::decode(pair.value))).collect()
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => out.write_str("-"),
            Self::String(text) => write!(out, "{text:?}"),
            Self::Bool(flag) => write!(out, "{flag}"),
            Self::Int(number) => write!(out, "{number}"),
            Self::Double(number) => write!(out, "{number:?}"),
            Self::Bytes(bytes) => write!(out, "{} bytes", bytes.len()),
            Self::Array(values) => {
                out.write_str("[")?;
                for (index, value) in values.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(out, "{comma}{value}")?;
                }
                out.write_str("]")
            }
            Self::Map(pairs) => {
                out.write_str("{")?;
                for (index, (key, value)) in pairs.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(out, "{comma}{key}: {value}")?;
                }
                out.write_str("}")
            }
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Int(number.into())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Self::Int(number.into())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Double(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_differs_from_its_string() {
        assert_ne!(Value::from(200), Value::from("200"));
        assert_eq!(Value::from(200).to_string(), "200");
        assert_eq!(Value::from("200").to_string(), "\"200\"");
    }
}
