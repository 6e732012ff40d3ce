//! The canonical encoding of an attribute: equal attributes have equal bytes, however their senders encoded them.
//!
//! It has the key and then the value, each once and with the shortest lengths and numbers. A double that is not a number
//! has one form, and unknown fields are left out. So it is what comes back from an exported file. The exception is text
//! that is not UTF-8, which protobuf forbids: it is left as it is where the encoding is canonical otherwise.

use std::borrow::Cow;

use crate::{
    value::{Attribute, Value, is_canonical},
    wire::Writer,
};

/// The canonical encoding of a `KeyValue` that passed [`check_attribute`](crate::value::check_attribute). Borrowed if it
/// is encoded like that already, as the scalar values of nearly all senders are.
#[inline]
pub fn attribute(raw: &[u8]) -> Cow<'_, [u8]> {
    if is_canonical(raw) {
        return Cow::Borrowed(raw);
    }
    let mut out = Writer::new();
    write_attribute(&Attribute::decode(raw), &mut out);
    Cow::Owned(out.into_bytes())
}

/// The canonical encoding of an `AnyValue`.
pub fn value(value: &Value<'_>) -> Vec<u8> {
    let mut out = Writer::new();
    write_value(value, &mut out);
    out.into_bytes()
}

fn write_attribute(attribute: &Attribute<'_>, out: &mut Writer) {
    out.bytes(1, attribute.key.as_bytes());
    let value = out.begin(2);
    write_value(&attribute.value, out);
    out.end(value);
}

fn write_value(value: &Value<'_>, out: &mut Writer) {
    match value {
        Value::Empty => {}
        Value::String(text) => out.bytes(1, text.as_bytes()),
        Value::Bool(bit) => out.varint(2, u64::from(*bit)),
        Value::Int(int) => out.varint(3, int.cast_unsigned()),
        Value::Double(double) if double.is_nan() => out.fixed64(4, f64::NAN.to_bits()),
        Value::Double(double) => out.fixed64(4, double.to_bits()),
        Value::Array(array) => {
            let list = out.begin(5);
            for value in array.iter() {
                let element = out.begin(1);
                write_value(&value, out);
                out.end(element);
            }
            out.end(list);
        }
        Value::Map(map) => {
            let list = out.begin(6);
            for attribute in map.iter() {
                let element = out.begin(1);
                write_attribute(&attribute, out);
                out.end(element);
            }
            out.end(list);
        }
        Value::Bytes(bytes) => out.bytes(7, bytes),
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::value::check_attribute;

    /// A `KeyValue` whose fields may be repeated, missing, unknown or in another order.
    fn message() -> impl Strategy<Value = Vec<u8>> {
        let text = prop_oneof!["[a-zñ]{0,4}", "[a-z]{120,140}"].prop_map(String::into_bytes);
        let bits = prop_oneof![0..300_u64, any::<u64>(), Just(u64::MAX), Just(f64::NAN.to_bits() | 1)];
        let field = (1..9_u32, bits, text.clone());
        let value = vec(field, 0..3).prop_map(|fields| {
            let mut out = Writer::new();
            for (number, bits, text) in fields {
                match number {
                    2 | 3 => out.varint(number, bits),
                    4 => out.fixed64(number, bits),
                    5 | 6 => out.bytes(number, b""),
                    _ => out.bytes(number, &text),
                }
            }
            out.into_bytes()
        });
        vec((1..4_u32, text, value), 0..4).prop_map(|fields| {
            let mut out = Writer::new();
            for (number, text, value) in fields {
                out.bytes(number, if number == 2 { &value } else { &text });
            }
            out.into_bytes()
        })
    }

    proptest! {
        #[test]
        fn equal_attributes_have_equal_bytes(raw in message()) {
            prop_assert!(check_attribute(&raw).is_ok());
            let mut written = Writer::new();
            write_attribute(&Attribute::decode(&raw), &mut written);
            let written = written.into_bytes();
            let canonical = attribute(&raw);
            prop_assert_eq!(&*canonical, &*written);
            prop_assert_eq!(&*attribute(&written), &*written);
        }
    }

    #[test]
    fn a_number_in_more_bytes_than_it_takes_is_not_canonical() {
        for number in [&[0x18, 0x81, 0x00][..], &[0x10, 0x81, 0x00], &[0x10, 2]] {
            let len = u8::try_from(number.len()).unwrap();
            let raw = [&[0x0a, 1, b'k', 0x12, len], number].concat();
            assert_eq!(attribute(&raw).len(), 7, "{raw:?}");
            assert_eq!(attribute(&raw)[6], 1, "{raw:?}");
        }
        // Ten bytes, of which the last has more than its one bit.
        let raw = [&[0x0a, 0, 0x12, 11, 0x18][..], &[0xff; 9], &[0x7f]].concat();
        assert_eq!(attribute(&raw).last(), Some(&1));
    }

    #[test]
    fn attributes_as_senders_encode_them_are_canonical() {
        for value in [
            Value::String("".into()),
            Value::String("x".repeat(200).into()),
            Value::String("ñ".into()),
            Value::Bool(false),
            Value::Int(0),
            Value::Int(300),
            Value::Int(-1),
            Value::Double(-0.5),
        ] {
            let mut out = Writer::new();
            write_attribute(&Attribute { key: "key".into(), value }, &mut out);
            let raw = out.into_bytes();
            assert!(matches!(attribute(&raw), Cow::Borrowed(_)), "{raw:?}");
        }
    }
}
