//! All that one span says, for the page's panel. Integers are text, so that 64 bits stay exact.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use trace_model::{Attribute, Event, Link, Nanos, Origin, Scope, Span, SpanId, TraceId, Value};

use super::rows::MAX_EXACT;

#[derive(Serialize)]
pub(crate) struct SpanJson<'a> {
    id: SpanId,
    parent: Option<SpanId>,
    name: Cow<'a, str>,
    kind: &'static str,
    service: Cow<'a, str>,
    start_unix_nano: String,
    duration: u64,
    status: &'static str,
    status_message: Cow<'a, str>,
    trace_state: Cow<'a, str>,
    flags: u32,
    scope: ScopeJson<'a>,
    attributes: Vec<AttributeJson<'a>>,
    dropped_attributes: u32,
    resource: Vec<AttributeJson<'a>>,
    events: Vec<EventJson<'a>>,
    dropped_events: u32,
    links: Vec<LinkJson<'a>>,
    dropped_links: u32,
    linked_from: Vec<PointerJson>,
}

#[derive(Serialize)]
pub(super) struct ScopeJson<'a> {
    name: Cow<'a, str>,
    version: Cow<'a, str>,
}

#[derive(Serialize)]
struct EventJson<'a> {
    name: Cow<'a, str>,
    /// See [`offset`].
    offset: i64,
    attributes: Vec<AttributeJson<'a>>,
}

#[derive(Serialize)]
struct LinkJson<'a> {
    trace_id: Option<TraceId>,
    span_id: Option<SpanId>,
    attributes: Vec<AttributeJson<'a>>,
}

#[derive(Serialize)]
struct PointerJson {
    trace_id: TraceId,
    span_id: SpanId,
}

impl<'a> SpanJson<'a> {
    pub(crate) fn new(
        origin: &Origin<'a>,
        span: &Span<'a>,
        trace_start: Nanos,
        linked_from: &[(TraceId, SpanId)],
    ) -> Self {
        Self {
            id: span.span_id,
            parent: span.parent,
            name: span.name.clone(),
            kind: span.kind.as_str(),
            service: origin.resource.service_name(),
            start_unix_nano: span.start.to_string(),
            duration: span.duration().min(MAX_EXACT),
            status: span.status.code.as_str(),
            status_message: span.status.message.clone(),
            trace_state: span.trace_state.clone(),
            flags: span.flags,
            scope: ScopeJson::from(origin.scope),
            attributes: attributes(span.attributes()),
            dropped_attributes: span.dropped_attributes,
            resource: attributes(origin.resource.attributes()),
            events: span.events().map(|event| EventJson::new(&event, trace_start)).collect(),
            dropped_events: span.dropped_events,
            links: span.links().map(LinkJson::from).collect(),
            dropped_links: span.dropped_links,
            linked_from: linked_from
                .iter()
                .map(|&(trace_id, span_id)| PointerJson { trace_id, span_id })
                .collect(),
        }
    }
}

impl<'a> EventJson<'a> {
    fn new(event: &Event<'a>, trace_start: Nanos) -> Self {
        let offset = offset(event.time, trace_start);
        Self { name: event.name.clone(), offset, attributes: attributes(event.attributes()) }
    }
}

/// Nanoseconds from the start of the trace; below zero when `time` claims to be earlier.
pub(super) fn offset(time: Nanos, trace_start: Nanos) -> i64 {
    let exact = |nanos: u64| i64::try_from(nanos.min(MAX_EXACT)).unwrap_or_default();
    if time < trace_start { -exact(trace_start.since(time)) } else { exact(time.since(trace_start)) }
}

impl<'a> From<Scope<'a>> for ScopeJson<'a> {
    fn from(scope: Scope<'a>) -> Self {
        Self { name: scope.name(), version: scope.version() }
    }
}

impl<'a> From<Link<'a>> for LinkJson<'a> {
    fn from(link: Link<'a>) -> Self {
        Self { trace_id: link.trace_id, span_id: link.span_id, attributes: attributes(link.attributes()) }
    }
}

#[derive(Serialize)]
pub(super) struct AttributeJson<'a> {
    key: Cow<'a, str>,
    #[serde(flatten)]
    value: TypedJson<'a>,
}

pub(super) fn attributes<'a>(attributes: impl Iterator<Item = Attribute<'a>>) -> Vec<AttributeJson<'a>> {
    attributes.map(|attribute| AttributeJson { key: attribute.key, value: attribute.value.into() }).collect()
}

/// A value with its type beside it.
#[derive(Serialize)]
#[serde(tag = "type", content = "value", rename_all = "lowercase")]
pub(super) enum TypedJson<'a> {
    Empty(()),
    String(Cow<'a, str>),
    Int(String),
    Double(Double),
    Bool(bool),
    Bytes(Base64<'a>),
    Array(Vec<TypedJson<'a>>),
    KvList(Vec<AttributeJson<'a>>),
}

impl<'a> From<Value<'a>> for TypedJson<'a> {
    fn from(value: Value<'a>) -> Self {
        match value {
            Value::Empty => Self::Empty(()),
            Value::String(text) => Self::String(text),
            Value::Bool(bit) => Self::Bool(bit),
            Value::Int(int) => Self::Int(int.to_string()),
            Value::Double(double) => Self::Double(Double(double)),
            Value::Bytes(bytes) => Self::Bytes(Base64(bytes)),
            Value::Array(array) => Self::Array(array.iter().map(Self::from).collect()),
            Value::Map(map) => Self::KvList(attributes(map.iter())),
        }
    }
}

/// A number, or the name of what JSON has no number for.
pub(super) struct Double(f64);

impl Serialize for Double {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() { serializer.serialize_f64(self.0) } else { serializer.collect_str(&self.0) }
    }
}

pub(super) struct Base64<'a>(&'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use base64::{Engine, prelude::BASE64_STANDARD};
        serializer.serialize_str(&BASE64_STANDARD.encode(self.0))
    }
}
