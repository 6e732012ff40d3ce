//! Jaeger's UI model for deserialization, borrowed from the JSON text. Missing and null fields become empty.

use std::{borrow::Cow, collections::HashMap, fmt};

use serde::{Deserialize, Deserializer, de::Visitor};

use crate::micros::Micros;

/// A list that may be missing or null.
pub(super) type List<T> = Option<Vec<T>>;

#[derive(Deserialize)]
pub(super) struct File<'a> {
    #[serde(borrow)]
    pub(super) data: List<UiTrace<'a>>,
    #[serde(borrow)]
    pub(super) spans: List<UiSpan<'a>>,
    #[serde(borrow)]
    pub(super) processes: Option<HashMap<Cow<'a, str>, UiProcess<'a>>>,
}

#[derive(Deserialize)]
pub(super) struct UiTrace<'a> {
    #[serde(borrow)]
    pub(super) spans: List<UiSpan<'a>>,
    #[serde(borrow)]
    pub(super) processes: Option<HashMap<Cow<'a, str>, UiProcess<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UiSpan<'a> {
    #[serde(borrow, rename = "traceID", default)]
    pub(super) trace_id: Cow<'a, str>,
    #[serde(borrow, rename = "spanID", default)]
    pub(super) span_id: Cow<'a, str>,
    #[serde(borrow, rename = "parentSpanID", default)]
    pub(super) parent_span_id: Cow<'a, str>,
    #[serde(default)]
    pub(super) flags: u32,
    #[serde(borrow, default)]
    pub(super) operation_name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) references: List<UiReference<'a>>,
    #[serde(default)]
    pub(super) start_time: Micros,
    #[serde(default)]
    pub(super) duration: Micros,
    #[serde(borrow)]
    pub(super) tags: List<UiTag<'a>>,
    #[serde(borrow)]
    pub(super) logs: List<UiLog<'a>>,
    #[serde(borrow, rename = "processID", default)]
    pub(super) process_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) process: Option<UiProcess<'a>>,
    #[serde(borrow)]
    pub(super) warnings: List<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UiReference<'a> {
    #[serde(borrow, default)]
    pub(super) ref_type: Cow<'a, str>,
    #[serde(borrow, rename = "traceID", default)]
    pub(super) trace_id: Cow<'a, str>,
    #[serde(borrow, rename = "spanID", default)]
    pub(super) span_id: Cow<'a, str>,
}

#[derive(Deserialize)]
pub(super) struct UiLog<'a> {
    #[serde(default)]
    pub(super) timestamp: Micros,
    #[serde(borrow)]
    pub(super) fields: List<UiTag<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UiProcess<'a> {
    #[serde(borrow, default)]
    pub(super) service_name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) tags: List<UiTag<'a>>,
}

#[derive(Deserialize)]
pub(super) struct UiTag<'a> {
    #[serde(borrow)]
    pub(super) key: Cow<'a, str>,
    #[serde(borrow, rename = "type", default)]
    pub(super) value_type: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) value: TagValue<'a>,
}

/// The value of a tag. Jaeger has no lists or objects.
pub(super) enum TagValue<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Cow<'a, str>),
}

impl<'de: 'a, 'a> Deserialize<'de> for TagValue<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = TagValue<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, a number or a boolean")
            }

            fn visit_unit<E>(self) -> Result<TagValue<'de>, E> {
                Ok(TagValue::Null)
            }

            fn visit_bool<E>(self, bit: bool) -> Result<TagValue<'de>, E> {
                Ok(TagValue::Bool(bit))
            }

            fn visit_i64<E>(self, int: i64) -> Result<TagValue<'de>, E> {
                Ok(TagValue::Int(int))
            }

            #[expect(clippy::cast_precision_loss, reason = "above i64::MAX: the nearest double")]
            fn visit_u64<E>(self, int: u64) -> Result<TagValue<'de>, E> {
                Ok(i64::try_from(int).map_or(TagValue::Double(int as f64), TagValue::Int))
            }

            fn visit_f64<E>(self, double: f64) -> Result<TagValue<'de>, E> {
                Ok(TagValue::Double(double))
            }

            fn visit_str<E>(self, text: &str) -> Result<TagValue<'de>, E> {
                Ok(TagValue::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<TagValue<'de>, E> {
                Ok(TagValue::Text(Cow::Borrowed(text)))
            }
        }

        json.deserialize_any(Any)
    }
}
