//! OTLP JSON out: `TracesData` as the specification's JSON mapping has it.
//!
//! Ids in hex, other bytes in base64, 64-bit integers as strings, enums as numbers, fields with their default value
//! left out: <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>.

use std::{borrow::Cow, collections::HashMap};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    id::{SpanId, TraceId},
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
                resource: ResourceJson::from(origin.resource),
                scope_spans: Vec::new(),
                schema_url: text(origin.resource_schema),
            });
            resources.len() - 1
        });
        let Some(resource) = resources.get_mut(resource_place) else { continue };
        let scope_key = (resource_place, origin.scope.raw, origin.scope_schema);
        let scope_place = *scope_places.entry(scope_key).or_insert_with(|| {
            resource.scope_spans.push(ScopeSpans {
                scope: ScopeJson::from(origin.scope),
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceJson<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<KeyValue<'a>>,
    #[serde(skip_serializing_if = "is_zero")]
    dropped_attributes_count: u32,
}

impl<'a> From<Resource<'a>> for ResourceJson<'a> {
    fn from(resource: Resource<'a>) -> Self {
        Self {
            attributes: key_values(resource.attributes()),
            dropped_attributes_count: resource.dropped_attributes(),
        }
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ScopeJson<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: Cow<'a, str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    version: Cow<'a, str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<KeyValue<'a>>,
    #[serde(skip_serializing_if = "is_zero")]
    dropped_attributes_count: u32,
}

impl<'a> From<Scope<'a>> for ScopeJson<'a> {
    fn from(scope: Scope<'a>) -> Self {
        Self {
            name: scope.name(),
            version: scope.version(),
            attributes: key_values(scope.attributes()),
            dropped_attributes_count: scope.dropped_attributes(),
        }
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
        if span.attribute_count > 0 {
            map.put("attributes", &key_values(span.attributes()))?;
        }
        map.put_unless_zero("droppedAttributesCount", span.dropped_attributes)?;
        if span.event_count > 0 {
            map.put("events", &span.events().map(EventJson).collect::<Vec<_>>())?;
        }
        map.put_unless_zero("droppedEventsCount", span.dropped_events)?;
        if span.link_count > 0 {
            map.put("links", &span.links().map(LinkJson::from).collect::<Vec<_>>())?;
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
        let attributes = key_values(self.0.attributes());
        if !attributes.is_empty() {
            map.put("attributes", &attributes)?;
        }
        map.put_unless_zero("droppedAttributesCount", self.0.dropped_attributes)?;
        map.0.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LinkJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<TraceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span_id: Option<SpanId>,
    #[serde(skip_serializing_if = "str::is_empty")]
    trace_state: Cow<'a, str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<KeyValue<'a>>,
    #[serde(skip_serializing_if = "is_zero")]
    dropped_attributes_count: u32,
    #[serde(skip_serializing_if = "is_zero")]
    flags: u32,
}

impl<'a> From<Link<'a>> for LinkJson<'a> {
    fn from(link: Link<'a>) -> Self {
        Self {
            attributes: key_values(link.attributes()),
            trace_id: link.trace_id,
            span_id: link.span_id,
            trace_state: link.trace_state,
            dropped_attributes_count: link.dropped_attributes,
            flags: link.flags,
        }
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

fn key_values<'a>(attributes: impl Iterator<Item = Attribute<'a>>) -> Vec<KeyValue<'a>> {
    attributes.map(|attribute| KeyValue { key: attribute.key, value: AnyValue(attribute.value) }).collect()
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
                let values: Vec<_> = array.iter().map(AnyValue).collect();
                map.serialize_entry("arrayValue", &Values { values })?;
            }
            Value::Map(inner) => {
                let values = key_values(inner.iter());
                map.serialize_entry("kvlistValue", &Values { values })?;
            }
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Values<T> {
    values: Vec<T>,
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

    fn put_unless_empty(&mut self, key: &'static str, value: &str) -> Result<(), M::Error> {
        if value.is_empty() { Ok(()) } else { self.0.serialize_entry(key, value) }
    }

    fn put_unless_zero(&mut self, key: &'static str, value: u32) -> Result<(), M::Error> {
        if value == 0 { Ok(()) } else { self.0.serialize_entry(key, &value) }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}
