//! Jaeger's legacy JSON out: one trace as its trace page and Grafana's data source read it.
//!
//! Shape: `internal/uimodel` of jaegertracing/jaeger. Its times are microseconds, so it is not exact; OTLP JSON is.
//! What OpenTelemetry has and Jaeger has not becomes tags, named as Jaeger's own translation from OTLP names them.

use std::{borrow::Cow, collections::BTreeMap, collections::HashMap};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Serialize;
use serde_json::Value as Json;

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
            let next = names.len() + 1;
            let process = names.entry(origin.resource.raw).or_insert_with(|| format!("p{next}"));
            processes.entry(process.clone()).or_insert_with(|| Process::from(origin.resource));
            SpanJson::new(origin, span, process)
        });
        Self { id: trace_id, spans: spans.collect(), processes, warnings: None }
    }
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
            warnings: (span.end < span.start).then(|| vec!["the span ends before it starts"]),
        }
    }
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

#[derive(Debug, Serialize)]
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

fn span_tags<'a>(origin: &Origin<'a>, span: &Span<'a>) -> Vec<Tag<'a>> {
    let mut tags: Vec<_> = span.attributes().map(Tag::from).collect();
    if span.kind != SpanKind::Unspecified {
        tags.push(Tag::text("span.kind", span.kind.as_str()));
    }
    if span.status.code != StatusCode::Unset {
        tags.push(Tag::text("otel.status_code", &span.status.code.as_str().to_uppercase()));
    }
    if span.status.code == StatusCode::Error {
        tags.push(Tag { key: Cow::Borrowed("error"), of: "bool", value: true.into() });
    }
    let texts = [
        ("otel.status_description", &span.status.message),
        ("otel.scope.name", &origin.scope.name()),
        ("otel.scope.version", &origin.scope.version()),
        ("w3c.tracestate", &span.trace_state),
    ];
    tags.extend(
        texts.into_iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| Tag::text(key, value)),
    );
    tags
}

#[derive(Debug, Serialize)]
struct Log<'a> {
    timestamp: u64,
    fields: Vec<Tag<'a>>,
}

impl<'a> From<Event<'a>> for Log<'a> {
    fn from(event: Event<'a>) -> Self {
        let mut fields = Vec::new();
        if !event.name.is_empty() {
            fields.push(Tag::text("event", &event.name));
        }
        fields.extend(event.attributes().map(Tag::from));
        Self { timestamp: event.time.as_unix() / 1000, fields }
    }
}

#[derive(Debug, Serialize)]
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
