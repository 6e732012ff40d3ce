//! OTLP JSON out: `TracesData` as the specification's JSON mapping has it.
//!
//! Ids in hex, other bytes in base64, 64-bit integers as strings, enums as numbers, fields with their default value
//! left out: <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>.

use std::{borrow::Cow, collections::HashMap};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    origin::{Origin, Resource, Scope},
    span::{Event, Link, Span, Status},
    time::Nanos,
    value::{Attribute, Value, text},
};

/// Serialises spans as `TracesData`, put together again by resource and scope.
#[derive(Debug, Clone, Copy)]
pub struct TracesJson<'s, 'a>(pub &'s [(Origin<'a>, Span<'a>)]);

impl Serialize for TracesJson<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        TracesData { resource_spans: by_resource(self.0) }.serialize(serializer)
    }
}

/// The parts of [`TracesJson`]'s only list, for who writes one after another.
pub fn resource_spans<'s, 'a>(
    spans: &'s [(Origin<'a>, Span<'a>)],
) -> impl Iterator<Item = impl Serialize + use<'s, 'a>> + use<'s, 'a> {
    by_resource(spans).into_iter()
}

/// Groups by equal bytes, in the order of first appearance.
fn by_resource<'s, 'a>(spans: &'s [(Origin<'a>, Span<'a>)]) -> Vec<ResourceSpans<'s, 'a>> {
    let mut resources: Vec<ResourceSpans<'s, 'a>> = Vec::new();
    let mut resource_places = HashMap::new();
    let mut scope_places = HashMap::new();
    for (origin, span) in spans {
        let resource_key = (origin.resource.raw, origin.resource_schema);
        let resource_place = *resource_places.entry(resource_key).or_insert_with(|| {
            resources.push(ResourceSpans {
                resource: ResourceJson(origin.resource),
                scope_spans: Vec::new(),
                schema_url: text(origin.resource_schema),
            });
            resources.len() - 1
        });
        let Some(resource) = resources.get_mut(resource_place) else { continue };
        let scope_key = (resource_place, origin.scope.raw, origin.scope_schema);
        let scope_place = *scope_places.entry(scope_key).or_insert_with(|| {
            resource.scope_spans.push(ScopeSpans {
                scope: ScopeJson(origin.scope),
                spans: Vec::new(),
                schema_url: text(origin.scope_schema),
            });
            resource.scope_spans.len() - 1
        });
        if let Some(scope) = resource.scope_spans.get_mut(scope_place) {
            scope.spans.push(SpanJson(span));
        }
    }
    resources
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TracesData<'s, 'a> {
    resource_spans: Vec<ResourceSpans<'s, 'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans<'s, 'a> {
    resource: ResourceJson<'a>,
    scope_spans: Vec<ScopeSpans<'s, 'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    schema_url: Cow<'a, str>,
}

struct ResourceJson<'a>(Resource<'a>);

impl Serialize for ResourceJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = Fields(serializer.serialize_map(None)?);
        map.put_attributes(|| self.0.attributes())?;
        map.put_unless_zero("droppedAttributesCount", self.0.dropped_attributes())?;
        map.0.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ScopeSpans<'s, 'a> {
    scope: ScopeJson<'a>,
    spans: Vec<SpanJson<'s, 'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    schema_url: Cow<'a, str>,
}

struct ScopeJson<'a>(Scope<'a>);

impl Serialize for ScopeJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = Fields(serializer.serialize_map(None)?);
        map.put_unless_empty("name", &self.0.name())?;
        map.put_unless_empty("version", &self.0.version())?;
        map.put_attributes(|| self.0.attributes())?;
        map.put_unless_zero("droppedAttributesCount", self.0.dropped_attributes())?;
        map.0.end()
    }
}

struct SpanJson<'s, 'a>(&'s Span<'a>);

impl Serialize for SpanJson<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let span = self.0;
        let mut map = Fields(serializer.serialize_map(None)?);
        map.put("traceId", &span.trace_id)?;
        map.put("spanId", &span.span_id)?;
        map.put_unless_empty("traceState", &span.trace_state)?;
        if let Some(parent) = span.parent {
            map.put("parentSpanId", &parent)?;
        }
        map.put_unless_zero("flags", span.flags)?;
        map.put_unless_empty("name", &span.name)?;
        map.put_unless_zero("kind", u32::from(span.kind.to_otlp()))?;
        map.put("startTimeUnixNano", &Quoted(span.start))?;
        map.put("endTimeUnixNano", &Quoted(span.end))?;
        map.put_attributes(|| span.attributes())?;
        map.put_unless_zero("droppedAttributesCount", span.dropped_attributes)?;
        if span.event_count > 0 {
            map.put("events", &List(|| span.events().map(EventJson)))?;
        }
        map.put_unless_zero("droppedEventsCount", span.dropped_events)?;
        if span.link_count > 0 {
            map.put("links", &List(|| span.links().map(LinkJson)))?;
        }
        map.put_unless_zero("droppedLinksCount", span.dropped_links)?;
        if span.status != Status::default() {
            map.put("status", &StatusJson(&span.status))?;
        }
        map.0.end()
    }
}

struct EventJson<'a>(Event<'a>);

impl Serialize for EventJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = Fields(serializer.serialize_map(None)?);
        map.put("timeUnixNano", &Quoted(self.0.time))?;
        map.put_unless_empty("name", &self.0.name)?;
        map.put_attributes(|| self.0.attributes())?;
        map.put_unless_zero("droppedAttributesCount", self.0.dropped_attributes)?;
        map.0.end()
    }
}

struct LinkJson<'a>(Link<'a>);

impl Serialize for LinkJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = Fields(serializer.serialize_map(None)?);
        if let Some(trace_id) = self.0.trace_id {
            map.put("traceId", &trace_id)?;
        }
        if let Some(span_id) = self.0.span_id {
            map.put("spanId", &span_id)?;
        }
        map.put_unless_empty("traceState", &self.0.trace_state)?;
        map.put_attributes(|| self.0.attributes())?;
        map.put_unless_zero("droppedAttributesCount", self.0.dropped_attributes)?;
        map.put_unless_zero("flags", self.0.flags)?;
        map.0.end()
    }
}

struct StatusJson<'s, 'a>(&'s Status<'a>);

impl Serialize for StatusJson<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = Fields(serializer.serialize_map(None)?);
        map.put_unless_empty("message", &self.0.message)?;
        map.put_unless_zero("code", u32::from(self.0.code.to_otlp()))?;
        map.0.end()
    }
}

#[derive(Serialize)]
struct KeyValue<'a> {
    key: Cow<'a, str>,
    value: AnyValue<'a>,
}

impl<'a> From<Attribute<'a>> for KeyValue<'a> {
    fn from(attribute: Attribute<'a>) -> Self {
        Self { key: attribute.key, value: AnyValue(attribute.value) }
    }
}

struct AnyValue<'a>(Value<'a>);

impl Serialize for AnyValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match &self.0 {
            Value::Empty => {}
            Value::String(text) => map.serialize_entry("stringValue", text)?,
            Value::Bool(bit) => map.serialize_entry("boolValue", bit)?,
            Value::Int(int) => map.serialize_entry("intValue", &Quoted(int))?,
            Value::Double(double) if double.is_finite() => map.serialize_entry("doubleValue", double)?,
            Value::Double(double) => map.serialize_entry("doubleValue", not_finite(*double))?,
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

/// A list that is written while it is read: a span may have millions of attributes.
struct List<F>(F);

impl<F: Fn() -> I, I: Iterator<Item: Serialize>> Serialize for List<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

/// The three doubles that JSON has no number for, as proto3 names them.
pub(crate) fn not_finite(double: f64) -> &'static str {
    if double.is_nan() {
        "NaN"
    } else if double > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

/// A 64-bit integer in quotes, so that no reader rounds it.
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

/// A JSON object that is written field by field.
struct Fields<M>(M);

impl<M: SerializeMap> Fields<M> {
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
