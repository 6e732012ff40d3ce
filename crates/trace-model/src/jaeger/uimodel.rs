//! Jaeger's JSON as it is written, borrowed from the text: whatever is left out or null is empty.

use std::{borrow::Cow, collections::HashMap, fmt};

use serde::{Deserialize, Deserializer, de::Visitor};

/// A list, or nothing.
pub(super) type List<T> = Option<Vec<T>>;

#[derive(Deserialize)]
pub(super) struct File<'a> {
    #[serde(borrow)]
    pub(super) data: List<TraceIn<'a>>,
    #[serde(borrow)]
    pub(super) spans: List<SpanIn<'a>>,
    #[serde(borrow)]
    pub(super) processes: Option<HashMap<Cow<'a, str>, ProcessIn<'a>>>,
}

#[derive(Deserialize)]
pub(super) struct TraceIn<'a> {
    #[serde(borrow)]
    pub(super) spans: List<SpanIn<'a>>,
    #[serde(borrow)]
    pub(super) processes: Option<HashMap<Cow<'a, str>, ProcessIn<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SpanIn<'a> {
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
    pub(super) references: List<ReferenceIn<'a>>,
    #[serde(default)]
    pub(super) start_time: u64,
    #[serde(default)]
    pub(super) duration: u64,
    #[serde(borrow)]
    pub(super) tags: List<TagIn<'a>>,
    #[serde(borrow)]
    pub(super) logs: List<LogIn<'a>>,
    #[serde(borrow, rename = "processID", default)]
    pub(super) process_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) process: Option<ProcessIn<'a>>,
    #[serde(borrow)]
    pub(super) warnings: List<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReferenceIn<'a> {
    #[serde(borrow, default)]
    pub(super) ref_type: Cow<'a, str>,
    #[serde(borrow, rename = "traceID", default)]
    pub(super) trace_id: Cow<'a, str>,
    #[serde(borrow, rename = "spanID", default)]
    pub(super) span_id: Cow<'a, str>,
}

#[derive(Deserialize)]
pub(super) struct LogIn<'a> {
    #[serde(default)]
    pub(super) timestamp: u64,
    #[serde(borrow)]
    pub(super) fields: List<TagIn<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProcessIn<'a> {
    #[serde(borrow, default)]
    pub(super) service_name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) tags: List<TagIn<'a>>,
}

#[derive(Deserialize)]
pub(super) struct TagIn<'a> {
    #[serde(borrow)]
    pub(super) key: Cow<'a, str>,
    #[serde(borrow, rename = "type", default)]
    pub(super) of: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) value: Scalar<'a>,
}

/// What a tag may hold. Lists and objects are no values in Jaeger.
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Cow<'a, str>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Scalar<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number, true or false")
            }

            fn visit_unit<E>(self) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Null)
            }

            fn visit_bool<E>(self, bit: bool) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Bool(bit))
            }

            fn visit_i64<E>(self, int: i64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Int(int))
            }

            #[expect(clippy::cast_precision_loss, reason = "no 64-bit integer: the nearest number")]
            fn visit_u64<E>(self, int: u64) -> Result<Scalar<'de>, E> {
                Ok(i64::try_from(int).map_or(Scalar::Double(int as f64), Scalar::Int))
            }

            fn visit_f64<E>(self, double: f64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Double(double))
            }

            fn visit_str<E>(self, text: &str) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Text(Cow::Borrowed(text)))
            }
        }

        json.deserialize_any(Any)
    }
}
