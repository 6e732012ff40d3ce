//! Serializes `TracesData` and `LogsData` as OTLP JSON.
//!
//! Ids in hex, other bytes in base64, 64-bit integers as strings, enums as numbers, default values omitted:
//! <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>. Fields are in the order of their numbers,
//! as protobuf encoders write them. So a record that is read back has the bytes of the original, and counts as the
//! same record.

mod group;
mod log;
mod span;
mod value;

use serde::{Serialize, Serializer, ser::SerializeMap};

use self::{group::group_by_resource, value::KeyValue};
use crate::{log::LogRecord, origin::Origin, span::Span, time::Nanos, value::Attribute};

pub(crate) use self::value::non_finite_name;

/// Serializes spans as `TracesData`, grouped by resource and scope.
#[derive(Debug, Clone, Copy)]
pub struct TracesJson<'s, 'a>(pub &'s [(Origin<'a>, Span<'a>)]);

impl Serialize for TracesJson<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = ObjectWriter::new(serializer)?;
        map.put("resourceSpans", &group_by_resource(self.0))?;
        map.end()
    }
}

/// Serializes log records as `LogsData`, grouped by resource and scope.
#[derive(Debug, Clone, Copy)]
pub struct LogsJson<'s, 'a>(pub &'s [(Origin<'a>, LogRecord<'a>)]);

impl Serialize for LogsJson<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = ObjectWriter::new(serializer)?;
        map.put("resourceLogs", &group_by_resource(self.0))?;
        map.end()
    }
}

/// The elements of the `resourceSpans` list of [`TracesJson`], for streaming.
pub fn resource_spans<'s, 'a>(
    spans: &'s [(Origin<'a>, Span<'a>)],
) -> impl Iterator<Item = impl Serialize + use<'s, 'a>> + use<'s, 'a> {
    group_by_resource(spans).into_iter()
}

/// The elements of the `resourceLogs` list of [`LogsJson`], for streaming.
pub fn resource_logs<'s, 'a>(
    records: &'s [(Origin<'a>, LogRecord<'a>)],
) -> impl Iterator<Item = impl Serialize + use<'s, 'a>> + use<'s, 'a> {
    group_by_resource(records).into_iter()
}

/// Serializes an iterator as a list without collecting it: a span may have millions of attributes.
pub(crate) struct List<F>(pub(crate) F);

impl<F: Fn() -> I, I: Iterator<Item: Serialize>> Serialize for List<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

/// A 64-bit integer as a string, so that no reader rounds it.
struct Quoted<T>(T);

impl Serialize for Quoted<Nanos> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for Quoted<&i64> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

/// Writer of a JSON object, field by field.
struct ObjectWriter<M>(M);

impl<M> ObjectWriter<M> {
    fn new<S: Serializer<SerializeMap = M>>(serializer: S) -> Result<Self, S::Error> {
        serializer.serialize_map(None).map(Self)
    }
}

impl<M: SerializeMap> ObjectWriter<M> {
    fn end(self) -> Result<M::Ok, M::Error> {
        self.0.end()
    }

    fn put(&mut self, key: &'static str, value: &impl Serialize) -> Result<(), M::Error> {
        self.0.serialize_entry(key, value)
    }

    fn put_attributes<'a, I>(&mut self, attributes: impl Fn() -> I) -> Result<(), M::Error>
    where
        I: Iterator<Item = Attribute<'a>>,
    {
        if attributes().next().is_none() {
            return Ok(());
        }
        self.put("attributes", &List(|| attributes().map(KeyValue::from)))
    }

    fn put_unless_empty(&mut self, key: &'static str, value: &str) -> Result<(), M::Error> {
        if value.is_empty() { Ok(()) } else { self.0.serialize_entry(key, value) }
    }

    fn put_unless_zero(&mut self, key: &'static str, value: u32) -> Result<(), M::Error> {
        if value == 0 { Ok(()) } else { self.0.serialize_entry(key, &value) }
    }
}
