//! Jaeger's legacy JSON out: one trace.

use std::{borrow::Cow, collections::BTreeMap, collections::HashMap};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Serialize;
use serde_json::Value as Json;

use super::tags;
use crate::{
    id::{SpanId, TraceId},
    origin::{Origin, Resource},
    span::{Event, Span, SpanKind, StatusCode},
    value::{Attribute, Value},
};

/// Above this a JavaScript number is not exact; Jaeger then writes the integer as text.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// One trace. Several in `{"data": [..]}` make Jaeger's answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace<'a> {
    #[serde(rename = "traceID")]
    id: TraceId,
    spans: Vec<SpanJson<'a>>,
    processes: BTreeMap<String, Process<'a>>,
    warnings: Option<Vec<String>>,
}

impl<'a> Trace<'a> {
    /// Spans of other traces are left out.
    pub fn new(trace_id: TraceId, spans: &[(Origin<'a>, Span<'a>)]) -> Self {
        let mut processes = BTreeMap::new();
        let mut names: HashMap<&[u8], String> = HashMap::new();
        let spans = spans.iter().filter(|(_, span)| span.trace_id == trace_id).map(|(origin, span)| {
            let name = names
                .entry(origin.resource.raw)
                .or_insert_with(|| name_of(Process::from(origin.resource), &mut processes));
            SpanJson::new(origin, span, name)
        });
        Self { id: trace_id, spans: spans.collect(), processes, warnings: None }
    }
}

/// The name of a process among those of its trace; those that say the same are one.
fn name_of<'a>(process: Process<'a>, processes: &mut BTreeMap<String, Process<'a>>) -> String {
    let known = processes.iter().find(|(_, known)| **known == process);
    if let Some((name, _)) = known {
        return name.clone();
    }
    let name = format!("p{}", processes.len() + 1);
    processes.insert(name.clone(), process);
    name
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SpanJson<'a> {
    #[serde(rename = "traceID")]
    trace_id: TraceId,
    #[serde(rename = "spanID")]
    span_id: SpanId,
    #[serde(skip_serializing_if = "is_zero")]
    flags: u32,
    operation_name: Cow<'a, str>,
    references: Vec<Reference>,
    start_time: u64,
    duration: u64,
    tags: Vec<Tag<'a>>,
    logs: Vec<Log<'a>>,
    #[serde(rename = "processID")]
    process_id: String,
    warnings: Option<Vec<&'static str>>,
}

impl<'a> SpanJson<'a> {
    fn new(origin: &Origin<'a>, span: &Span<'a>, process: &str) -> Self {
        let parent =
            span.parent.map(|span_id| Reference { ref_type: "CHILD_OF", trace_id: span.trace_id, span_id });
        let links = span.links().filter_map(|link| {
            Some(Reference { ref_type: "FOLLOWS_FROM", trace_id: link.trace_id?, span_id: link.span_id? })
        });
        Self {
            trace_id: span.trace_id,
            span_id: span.span_id,
            flags: span.flags & 0xff,
            operation_name: span.name.clone(),
            references: parent.into_iter().chain(links).collect(),
            start_time: span.start.as_unix() / 1000,
            duration: span.duration() / 1000,
            tags: span_tags(origin, span),
            logs: span.events().map(Log::from).collect(),
            process_id: process.to_owned(),
            warnings: ends_early(span).then(|| vec![tags::ENDS_EARLY]),
        }
    }
}

/// As far as microseconds can tell.
const fn ends_early(span: &Span<'_>) -> bool {
    span.end.as_unix() / 1000 < span.start.as_unix() / 1000
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    ref_type: &'static str,
    #[serde(rename = "traceID")]
    trace_id: TraceId,
    #[serde(rename = "spanID")]
    span_id: SpanId,
}

#[derive(Debug, PartialEq, Serialize)]
struct Tag<'a> {
    key: Cow<'a, str>,
    #[serde(rename = "type")]
    of: &'static str,
    value: Json,
}

impl Tag<'_> {
    fn text(key: &'static str, value: &str) -> Self {
        Self { key: Cow::Borrowed(key), of: "string", value: value.into() }
    }
}

impl<'a> From<Attribute<'a>> for Tag<'a> {
    fn from(attribute: Attribute<'a>) -> Self {
        let (of, value) = match attribute.value {
            Value::Empty => ("string", "".into()),
            Value::String(text) => ("string", text.into_owned().into()),
            Value::Bool(bit) => ("bool", bit.into()),
            Value::Int(int) if int.unsigned_abs() > MAX_SAFE_INTEGER => ("int64", int.to_string().into()),
            Value::Int(int) => ("int64", int.into()),
            Value::Double(double) if double.is_finite() => ("float64", double.into()),
            Value::Double(double) => ("float64", crate::otlp::not_finite(double).into()),
            Value::Bytes(bytes) => ("binary", BASE64_STANDARD.encode(bytes).into()),
            nested @ (Value::Array(_) | Value::Map(_)) => ("string", plain(&nested).to_string().into()),
        };
        Self { key: attribute.key, of, value }
    }
}

/// Arrays and maps as the JSON that one would write by hand.
fn plain(value: &Value<'_>) -> Json {
    match value {
        Value::Empty => Json::Null,
        Value::String(text) => text.as_ref().into(),
        Value::Bool(bit) => (*bit).into(),
        Value::Int(int) => (*int).into(),
        Value::Double(double) => (*double).into(),
        Value::Bytes(bytes) => BASE64_STANDARD.encode(bytes).into(),
        Value::Array(array) => array.iter().map(|value| plain(&value)).collect(),
        Value::Map(map) => {
            map.iter().map(|attribute| (attribute.key.into_owned(), plain(&attribute.value))).collect()
        }
    }
}

/// Its attributes, then those tags that stand for fields.
fn span_tags<'a>(origin: &Origin<'a>, span: &Span<'a>) -> Vec<Tag<'a>> {
    let place = |tag: &Tag<'_>| tags::ORDER.iter().position(|key| *key == tag.key);
    let (others, named): (Vec<_>, Vec<_>) =
        span.attributes().map(Tag::from).partition(|tag| place(tag).is_none());
    let mut of_fields = field_tags(origin, span);
    of_fields.extend(named);
    of_fields.sort_by_key(place); // stable: a field comes before attributes of its name
    others.into_iter().chain(of_fields).collect()
}

fn field_tags<'a>(origin: &Origin<'a>, span: &Span<'a>) -> Vec<Tag<'a>> {
    let kind = if span.kind == SpanKind::Unspecified { "" } else { span.kind.as_str() };
    let status = match span.status.code {
        StatusCode::Unset => "",
        StatusCode::Ok => "OK",
        StatusCode::Error => "ERROR",
    };
    let texts = [
        (tags::SPAN_KIND, kind),
        (tags::STATUS_CODE, status),
        (tags::STATUS_DESCRIPTION, &span.status.message),
        (tags::SCOPE_NAME, &origin.scope.name()),
        (tags::SCOPE_VERSION, &origin.scope.version()),
        (tags::TRACE_STATE, &span.trace_state),
    ];
    let filled = texts.into_iter().filter(|(_, text)| !text.is_empty());
    let error = Tag { key: Cow::Borrowed(tags::ERROR), of: "bool", value: true.into() };
    let failed = span.status.code == StatusCode::Error;
    filled.map(|(key, text)| Tag::text(key, text)).chain(failed.then_some(error)).collect()
}

#[derive(Debug, Serialize)]
struct Log<'a> {
    timestamp: u64,
    fields: Vec<Tag<'a>>,
}

impl<'a> From<Event<'a>> for Log<'a> {
    fn from(event: Event<'a>) -> Self {
        let (named, others): (Vec<_>, Vec<_>) =
            event.attributes().map(Tag::from).partition(|field| field.key == tags::EVENT);
        let name = Some(Tag::text(tags::EVENT, &event.name)).filter(|_| !event.name.is_empty());
        let fields = name.into_iter().chain(named).chain(others).collect();
        Self { timestamp: event.time.as_unix() / 1000, fields }
    }
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Process<'a> {
    service_name: String,
    tags: Vec<Tag<'a>>,
}

impl<'a> From<Resource<'a>> for Process<'a> {
    fn from(resource: Resource<'a>) -> Self {
        let tags = resource.attributes().filter(|attribute| attribute.key != "service.name");
        Self { service_name: resource.service_name().into_owned(), tags: tags.map(Tag::from).collect() }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}
