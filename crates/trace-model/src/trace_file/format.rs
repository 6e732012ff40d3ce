//! Detects the format of a document by its keys.

use std::fmt;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Otlp,
    Jaeger,
    Zipkin,
    GoStdout,
    PythonConsole,
    /// Something that people have, with what it is and what to use instead.
    Unsupported(&'static str),
}

/// The formats, each with keys that all documents of it have. The first that fits counts.
const FORMATS: [(&[&str], Format); 21] = [
    (&["resourceSpans"], Format::Otlp),
    (&["resource_spans"], Format::Otlp),
    (&["resourceLogs"], Format::Otlp),
    (&["resource_logs"], Format::Otlp),
    (&["result"], Format::Otlp),
    (&["trace"], Format::Otlp),
    (&["batches"], Format::Otlp),
    (&["data"], Format::Jaeger),
    (&["spans"], Format::Jaeger),
    (&["SpanContext"], Format::GoStdout),
    (&["context", "parent_id"], Format::PythonConsole),
    (&["binaryAnnotations"], Format::Unsupported(ZIPKIN_1)),
    (&["traceId", "id"], Format::Zipkin),
    (&["resourceMetrics"], Format::Unsupported(METRICS)),
    (&["resource_metrics"], Format::Unsupported(METRICS)),
    (&["traceEvents"], Format::Unsupported(CHROME)),
    (&["traces"], Format::Unsupported(SUMMARIES)),
    (&["traceID", "rootTraceName"], Format::Unsupported(SUMMARIES)),
    (&["traceID", "spanID"], Format::Unsupported(LONE_JAEGER_SPAN)),
    (&["traceId", "spanId"], Format::Unsupported(LONE_OTLP_SPAN)),
    (&["trace_id", "span_id"], Format::Unsupported(DATADOG)),
];

const ZIPKIN_1: &str = "the file has spans of Zipkin's version 1, which cannot be read: request them from the API of version 2 \
    (/api/v2/trace/ID), or send with the encoding JSON_V2";
const METRICS: &str =
    "the file has OTLP metrics, which are not stored: import the file of the traces (resourceSpans)";
const CHROME: &str = "the file has trace events of Chrome or Perfetto, which are no spans of a distributed trace: open it at \
    https://ui.perfetto.dev";
const SUMMARIES: &str = "the file has results of a search without their spans: export each trace by its id, from Tempo at \
    /api/v2/traces/ID, from Jaeger at /api/traces/ID";
const LONE_JAEGER_SPAN: &str = "the file has spans of Jaeger outside of a trace: export the trace at /api/traces/ID, or put \
    them in {\"data\":[{\"spans\":[..]}]}";
const LONE_OTLP_SPAN: &str = "the file has spans of OTLP without their resource: put them in \
    {\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[..]}]}]}";
const DATADOG: &str = "the file has spans with trace_id and span_id, as Datadog's tracers write them, which cannot be read: \
    send them to an OpenTelemetry Collector with the datadog receiver and the file exporter, and import its file";

impl Format {
    /// The format of a JSON object, if it is a known one.
    pub(super) fn of(object: &str) -> Result<Option<Self>, serde_json::Error> {
        let found = serde_json::Deserializer::from_str(object).deserialize_map(Keys)?;
        let mut formats = FORMATS.iter().zip(found);
        Ok(formats
            .find(|((keys, _), found)| usize::from(*found) == keys.len())
            .map(|((_, format), _)| *format))
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Otlp => "OTLP JSON",
            Self::Jaeger => "Jaeger JSON",
            Self::Zipkin => "Zipkin JSON",
            Self::GoStdout => "JSON of Go's stdouttrace",
            Self::PythonConsole => "JSON of Python's ConsoleSpanExporter",
            Self::Unsupported(_) => "an unsupported format",
        }
    }
}

/// Counts, for each format, how many of its keys an object has. A value of `null` counts as missing.
struct Keys;

impl<'de> Visitor<'de> for Keys {
    type Value = [u8; FORMATS.len()];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut seen = [[false; 2]; FORMATS.len()];
        while let Some(key) = map.next_key_seed(Key)? {
            let is_null = map.next_value::<Option<IgnoredAny>>()?.is_none();
            let may_be_null = key == Some("parent_id");
            if is_null && !may_be_null {
                continue;
            }
            for ((keys, _), seen) in FORMATS.iter().zip(&mut seen) {
                for (name, seen) in keys.iter().zip(seen) {
                    *seen |= Some(*name) == key;
                }
            }
        }
        Ok(seen.map(|seen| seen.into_iter().map(u8::from).sum()))
    }
}

/// A key of one of the formats.
struct Key;

impl<'de> serde::de::DeserializeSeed<'de> for Key {
    type Value = Option<&'static str>;

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for Key {
    type Value = Option<&'static str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(FORMATS.iter().flat_map(|(keys, _)| *keys).find(|key| **key == name).copied())
    }
}
