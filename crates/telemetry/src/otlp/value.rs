//! Encodes `KeyValue` and `AnyValue`, OTLP's messages for attributes (`common.proto`).

use opentelemetry::{Array, KeyValue, Value};

use super::wire::{self, Buffer};

/// A borrowed value of an attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AnyValueRef<'a> {
    Text(&'a str),
    Bool(bool),
    Int(i64),
    Float(f64),
    /// A value of OpenTelemetry's API: an array, or a kind that `Value` adds later.
    Value(&'a Value),
}

impl<'a> From<&'a str> for AnyValueRef<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for AnyValueRef<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for AnyValueRef<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for AnyValueRef<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for AnyValueRef<'_> {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl<'a> From<&'a Value> for AnyValueRef<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::String(text) => Self::Text(text.as_str()),
            Value::Bool(value) => Self::Bool(*value),
            Value::I64(value) => Self::Int(*value),
            Value::F64(value) => Self::Float(*value),
            other => Self::Value(other),
        }
    }
}

impl Buffer {
    /// Writes attributes, each as a field.
    pub(crate) fn attributes<'a>(&mut self, field: u32, attributes: impl IntoIterator<Item = &'a KeyValue>) {
        for attribute in attributes {
            self.attribute(field, attribute.key.as_str(), (&attribute.value).into());
        }
    }

    /// Writes `KeyValue { key = 1, value = 2 }`, with its length computed first.
    #[inline]
    pub(crate) fn attribute(&mut self, field: u32, key: &str, value: AnyValueRef<'_>) {
        // Fast paths: nearly every attribute is a short text or a small number, in which every length and tag takes one
        // byte.
        let is_written = match value {
            AnyValueRef::Text(text) => self.short_pair(field, key, text),
            AnyValueRef::Int(value) => self.short_number(field, key, value.cast_unsigned()),
            _ => false,
        };
        if !is_written {
            self.long_attribute(field, key, value);
        }
    }

    /// [`attribute`](Self::attribute), of any length.
    #[inline(never)]
    fn long_attribute(&mut self, field: u32, key: &str, value: AnyValueRef<'_>) {
        let length = length_of(value);
        self.head(field, wire::text_length(1, key) + wire::bytes_length(2, length));
        self.text(1, key);
        self.head(2, length);
        self.any_value(value);
    }

    /// `AnyValue`: its one field is written even when it holds a default, for a missing one means no value.
    fn any_value(&mut self, value: AnyValueRef<'_>) {
        match value {
            AnyValueRef::Text(text) => self.bytes(1, text.as_bytes()),
            AnyValueRef::Bool(value) => self.present_number(2, u64::from(value)),
            AnyValueRef::Int(value) => self.present_number(3, value.cast_unsigned()),
            AnyValueRef::Float(value) => self.fixed64(4, value.to_bits()),
            AnyValueRef::Value(Value::Array(array)) => {
                self.head(5, array_length(array));
                each(array, |value| {
                    self.head(1, length_of(value));
                    self.any_value(value);
                });
            }
            // `Value` is non-exhaustive. Kinds that it adds later are encoded as text.
            AnyValueRef::Value(other) => self.bytes(1, other.as_str().as_bytes()),
        }
    }
}

/// The encoded length of an `AnyValue`.
fn length_of(value: AnyValueRef<'_>) -> usize {
    match value {
        AnyValueRef::Text(text) => wire::bytes_length(1, text.len()),
        AnyValueRef::Bool(_) => wire::number_length(2, 1),
        AnyValueRef::Int(value) => wire::number_length(3, value.cast_unsigned()),
        AnyValueRef::Float(_) => wire::FIXED64_LENGTH,
        AnyValueRef::Value(Value::Array(array)) => wire::bytes_length(5, array_length(array)),
        AnyValueRef::Value(other) => wire::bytes_length(1, other.as_str().len()),
    }
}

fn array_length(array: &Array) -> usize {
    let mut length = 0;
    each(array, |value| length += wire::bytes_length(1, length_of(value)));
    length
}

fn each(array: &Array, mut visit: impl FnMut(AnyValueRef<'_>)) {
    match array {
        Array::Bool(values) => values.iter().for_each(|value| visit(AnyValueRef::Bool(*value))),
        Array::I64(values) => values.iter().for_each(|value| visit(AnyValueRef::Int(*value))),
        Array::F64(values) => values.iter().for_each(|value| visit(AnyValueRef::Float(*value))),
        Array::String(values) => values.iter().for_each(|value| visit(AnyValueRef::Text(value.as_str()))),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::any_value::Value as Read;
    use opentelemetry_proto::tonic::trace::v1::Span;
    use prost::Message;

    use super::*;

    #[test]
    fn values_and_keys_of_any_length_are_read_back() {
        let keys = [0, 1, 56, 57, 60, 61, 127, 128, 20_000].map(|length| "k".repeat(length));
        let numbers = [0, 1, 0x7f, 0x80, 0x3fff, 0x4000, 0x1f_ffff, 0x20_0000, i64::MAX, -1, i64::MIN];
        let texts = [0, 1, 60, 61, 127, 128, 20_000].map(|length| "t".repeat(length));
        for key in &keys {
            let mut buffer = Buffer::default();
            for number in numbers {
                buffer.attribute(9, key, AnyValueRef::Int(number));
            }
            for text in &texts {
                buffer.attribute(9, key, AnyValueRef::Text(text));
            }
            let span = Span::decode(buffer.0.as_slice()).expect("attributes of a span");
            assert!(span.attributes.iter().all(|attribute| attribute.key == *key), "{}", key.len());
            let values = span.attributes.into_iter().filter_map(|attribute| attribute.value?.value);
            let expected = numbers.iter().map(|number| Read::IntValue(*number));
            let expected = expected.chain(texts.iter().cloned().map(Read::StringValue));
            assert_eq!(values.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{}", key.len());
        }
    }
}
