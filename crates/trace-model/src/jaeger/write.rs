//! Serializes a trace as Jaeger's legacy JSON.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hasher},
    io,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value as Json;

use super::{
    cycles::{CycleClosers, find_cycle_closers},
    reference::{Reference, TraceIdJson, references},
    tags,
};
use crate::{
    id::TraceId,
    origin::{Origin, Resource},
    otlp::List,
    span::{Event, Span, SpanKind, StatusCode},
    value::{Attribute, Value},
};

/// Largest integer that JavaScript represents exactly. Jaeger writes larger ones as strings.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// One trace. Serialized in a stream, without a list of its spans. A response of Jaeger is `{"data": [trace, ..]}`.
#[derive(Debug)]
pub struct Trace<'s, 'a> {
    id: TraceId,
    spans: &'s [(Origin<'a>, Span<'a>)],
    /// Names of the processes by the bytes of their resources.
    names: HashMap<&'a [u8], String>,
    processes: BTreeMap<String, Process<'a>>,
    /// References to leave out. Empty unless [`Self::without_cycles`] was called.
    cycle_closers: CycleClosers,
}

impl<'s, 'a> Trace<'s, 'a> {
    /// Selects the spans of `trace_id`.
    pub fn new(trace_id: TraceId, spans: &'s [(Origin<'a>, Span<'a>)]) -> Self {
        let mut trace = Self {
            id: trace_id,
            spans,
            names: HashMap::new(),
            processes: BTreeMap::new(),
            cycle_closers: CycleClosers::new(),
        };
        let mut known: HashMap<u64, Vec<String>> = HashMap::new();
        for (origin, _) in trace.own_spans() {
            let resource = origin.resource;
            if trace.names.contains_key(resource.raw) {
                continue;
            }
            // Resources with the same attributes are one process.
            let process = Process(resource);
            let candidates = known.entry(process.digest()).or_default();
            let same = candidates.iter().find(|name| trace.processes.get(*name) == Some(&process)).cloned();
            let name = same.unwrap_or_else(|| {
                let name = format!("p{}", trace.processes.len() + 1);
                candidates.push(name.clone());
                trace.processes.insert(name.clone(), process);
                name
            });
            trace.names.insert(resource.raw, name);
        }
        trace
    }

    /// Leaves out references that close a cycle, which Jaeger's page cannot show, and adds a warning to their spans.
    #[must_use]
    pub fn without_cycles(mut self) -> Self {
        self.cycle_closers = find_cycle_closers(&self.own_spans().map(|(_, span)| span));
        self
    }

    fn own_spans(&self) -> impl Iterator<Item = &'s (Origin<'a>, Span<'a>)> + Clone + use<'s, 'a> {
        let id = self.id;
        self.spans.iter().filter(move |(_, span)| span.trace_id == id)
    }
}

impl Serialize for Trace<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let spans = List(|| {
            self.own_spans().enumerate().map(|(index, (origin, span))| {
                let process = self.names.get(origin.resource.raw).map_or("", String::as_str);
                SpanJson { origin, span, process, index, cycle_closers: &self.cycle_closers }
            })
        });
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("traceID", &TraceIdJson(self.id))?;
        map.serialize_entry("spans", &spans)?;
        map.serialize_entry("processes", &self.processes)?;
        map.serialize_entry("warnings", &None::<()>)?;
        map.end()
    }
}

struct SpanJson<'s, 'a> {
    origin: &'s Origin<'a>,
    span: &'s Span<'a>,
    process: &'s str,
    index: usize,
    cycle_closers: &'s CycleClosers,
}

impl SpanJson<'_, '_> {
    /// The references that are left out (`cut`), or the others.
    fn references(&self, is_cut: bool) -> impl Iterator<Item = Reference> {
        let numbered = references(self.span).enumerate();
        let selected =
            numbered.filter(move |(number, _)| self.cycle_closers.contains(&(self.index, *number)) == is_cut);
        selected.map(|(_, reference)| reference)
    }

    fn warnings(&self) -> impl Iterator<Item = Cow<'static, str>> {
        let early = has_negative_duration(self.span).then_some(Cow::Borrowed(tags::NEGATIVE_DURATION));
        let cycle_closers =
            (!self.cycle_closers.is_empty()).then(|| self.references(true)).into_iter().flatten();
        let cycle_closers = cycle_closers.map(|Reference { ref_type, span_id, .. }| {
            Cow::Owned(format!("the reference {ref_type} to {span_id} is left out because it closes a cycle"))
        });
        early.into_iter().chain(cycle_closers)
    }
}

impl Serialize for SpanJson<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { origin, span, process, .. } = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("traceID", &TraceIdJson(span.trace_id))?;
        map.serialize_entry("spanID", &span.span_id)?;
        let flags = span.flags & 0xff;
        if flags != 0 {
            map.serialize_entry("flags", &flags)?;
        }
        map.serialize_entry("operationName", &span.name)?;
        map.serialize_entry("references", &List(|| self.references(false)))?;
        map.serialize_entry("startTime", &(span.start.as_unix() / 1000))?;
        map.serialize_entry("duration", &(span.duration() / 1000))?;
        map.serialize_entry("tags", &List(|| span_tags(origin, span)))?;
        map.serialize_entry("logs", &List(|| span.events().map(Log)))?;
        map.serialize_entry("processID", process)?;
        let is_warned = self.warnings().next().is_some();
        map.serialize_entry("warnings", &is_warned.then_some(List(|| self.warnings())))?;
        map.end()
    }
}

/// Compares in microseconds, the resolution of the format.
const fn has_negative_duration(span: &Span<'_>) -> bool {
    span.end.as_unix() / 1000 < span.start.as_unix() / 1000
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Tag<'a> {
    key: Cow<'a, str>,
    #[serde(rename = "type")]
    value_type: &'static str,
    value: Json,
}

impl Tag<'_> {
    fn text(key: &'static str, value: &str) -> Self {
        Self { key: Cow::Borrowed(key), value_type: "string", value: value.into() }
    }
}

impl<'a> From<Attribute<'a>> for Tag<'a> {
    fn from(attribute: Attribute<'a>) -> Self {
        let (value_type, value) = match attribute.value {
            Value::Empty => ("string", "".into()),
            Value::String(text) => ("string", text.into_owned().into()),
            Value::Bool(bit) => ("bool", bit.into()),
            Value::Int(int) if int.unsigned_abs() > MAX_SAFE_INTEGER => ("int64", int.to_string().into()),
            Value::Int(int) => ("int64", int.into()),
            Value::Double(double) if double.is_finite() => ("float64", double.into()),
            Value::Double(double) => ("float64", crate::otlp::non_finite_name(double).into()),
            Value::Bytes(bytes) => ("binary", BASE64_STANDARD.encode(bytes).into()),
            nested @ (Value::Array(_) | Value::Map(_)) => ("string", plain_json(&nested).to_string().into()),
        };
        Self { key: attribute.key, value_type, value }
    }
}

/// The value as plain JSON, without type wrappers.
fn plain_json(value: &Value<'_>) -> Json {
    match value {
        Value::Empty => Json::Null,
        Value::String(text) => text.as_ref().into(),
        Value::Bool(bit) => (*bit).into(),
        Value::Int(int) => (*int).into(),
        Value::Double(double) => (*double).into(),
        Value::Bytes(bytes) => BASE64_STANDARD.encode(bytes).into(),
        Value::Array(array) => array.iter().map(|value| plain_json(&value)).collect(),
        Value::Map(map) => {
            map.iter().map(|attribute| (attribute.key.into_owned(), plain_json(&attribute.value))).collect()
        }
    }
}

/// The attributes, then the tags that carry fields, each before the attributes of the same name.
fn span_tags<'a>(origin: &Origin<'a>, span: &Span<'a>) -> impl Iterator<Item = Tag<'a>> {
    let is_field_tag = |attribute: &Attribute<'_>| tags::ORDER.contains(&&*attribute.key);
    let others = span.attributes().filter(move |attribute| !is_field_tag(attribute));
    let field_tags = field_tags(origin, span);
    let named = tags::ORDER.iter().flat_map(move |key| {
        let field = field_tags.iter().find(|tag| tag.key == *key).cloned();
        let attributes = span.attributes().filter(move |attribute| attribute.key == *key);
        field.into_iter().chain(attributes.map(Tag::from))
    });
    others.map(Tag::from).chain(named)
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
    let error = Tag { key: Cow::Borrowed(tags::ERROR), value_type: "bool", value: true.into() };
    let failed = span.status.code == StatusCode::Error;
    filled.map(|(key, text)| Tag::text(key, text)).chain(failed.then_some(error)).collect()
}

/// The name of the event, then its attributes, first those of the same name.
fn log_fields<'e>(event: &'e Event<'_>) -> impl Iterator<Item = Tag<'e>> {
    let name = (!event.name.is_empty()).then(|| Tag::text(tags::EVENT, &event.name));
    let named = event.attributes().filter(|attribute| attribute.key == tags::EVENT);
    let others = event.attributes().filter(|attribute| attribute.key != tags::EVENT);
    name.into_iter().chain(named.chain(others).map(Tag::from))
}

/// Whether a span is written with a tag, a tag of its process or a field of a log that has this key, and a text that
/// `matches`.
pub fn shows(origin: &Origin<'_>, span: &Span<'_>, key: &str, matches: impl Fn(&str) -> bool) -> bool {
    let matches = |tag: Tag<'_>| {
        tag.key == key
            && match &tag.value {
                Json::String(text) => matches(text),
                other => matches(&other.to_string()),
            }
    };
    span_tags(origin, span).any(matches)
        || Process(origin.resource).tags().any(matches)
        || span.events().any(|event| log_fields(&event).any(matches))
}

struct Log<'a>(Event<'a>);

impl Serialize for Log<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let event = &self.0;
        let fields = List(|| log_fields(event));
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("timestamp", &(event.time.as_unix() / 1000))?;
        map.serialize_entry("fields", &fields)?;
        map.end()
    }
}

#[derive(Debug)]
struct Process<'a>(Resource<'a>);

impl<'a> Process<'a> {
    fn tags(&self) -> impl Iterator<Item = Tag<'a>> + use<'a> {
        self.0.attributes().filter(|attribute| attribute.key != "service.name").map(Tag::from)
    }

    /// Hash of the JSON: equal for processes with equal name and tags.
    fn digest(&self) -> u64 {
        let mut digest = Digest(DefaultHasher::new());
        // Serialization into a hasher cannot fail.
        let _ = serde_json::to_writer(&mut digest, self);
        digest.0.finish()
    }
}

impl PartialEq for Process<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.service_name() == other.0.service_name() && self.tags().eq(other.tags())
    }
}

impl Serialize for Process<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("serviceName", &self.0.service_name())?;
        map.serialize_entry("tags", &List(|| self.tags()))?;
        map.end()
    }
}

/// A writer that hashes its input.
struct Digest(DefaultHasher);

impl io::Write for Digest {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
