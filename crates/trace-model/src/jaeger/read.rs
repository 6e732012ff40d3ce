//! Jaeger's JSON in: traces become an `ExportTraceServiceRequest` in protobuf, and so take the one way in.

use std::borrow::Cow;

use base64::{Engine, prelude::BASE64_STANDARD};
use thiserror::Error;

use super::{
    tags,
    uimodel::{File, LogIn, ProcessIn, ReferenceIn, Scalar, SpanIn, TagIn, TraceIn},
};
use crate::{
    id::{SpanId, TraceId},
    span::{SpanKind, StatusCode},
    wire::Writer,
};

/// The text is not Jaeger's JSON.
#[derive(Debug, Error)]
#[error("the file is not Jaeger's JSON of traces")]
pub struct JaegerError(#[from] serde_json::Error);

/// Translates `{"data": [trace, ..]}`, or one trace by itself. Spans keep their order. Ids that are no hex become empty,
/// and so are rejected with their span.
///
/// # Errors
/// [`JaegerError`] where the text is no JSON, or JSON of another shape.
pub fn to_protobuf(json: &[u8]) -> Result<Vec<u8>, JaegerError> {
    let file: File<'_> = serde_json::from_slice(json)?;
    let mut out = Writer::new();
    let alone = TraceIn { spans: file.spans, processes: file.processes };
    for trace in file.data.iter().flatten().chain([&alone]) {
        write_trace(trace, &mut out);
    }
    Ok(out.into_bytes())
}

/// Writes the spans in their order: a new block wherever the process or the scope is another.
fn write_trace(trace: &TraceIn<'_>, out: &mut Writer) {
    let spans: Vec<_> = trace.spans.iter().flatten().map(|span| (span, Meaning::of(span))).collect();
    for of_process in spans.chunk_by(|(a, _), (b, _)| a.process_id == b.process_id && a.process.is_none()) {
        let resource_spans = out.begin(1);
        let process = of_process.first().and_then(|(span, _)| {
            let named = trace.processes.as_ref().and_then(|processes| processes.get(&span.process_id));
            named.or(span.process.as_ref())
        });
        if let Some(process) = process {
            process.write(out);
        }
        for of_scope in of_process.chunk_by(|(_, a), (_, b)| a.scope == b.scope) {
            let scope_spans = out.begin(2);
            if let Some((_, meaning)) = of_scope.first() {
                write_scope(meaning.scope, out);
            }
            for (span, meaning) in of_scope {
                span.write(meaning, out);
            }
            out.end(scope_spans);
        }
        out.end(resource_spans);
    }
}

fn write_scope((name, version): (&str, &str), out: &mut Writer) {
    if !name.is_empty() || !version.is_empty() {
        let scope = out.begin(1);
        write_filled(1, name, out);
        write_filled(2, version, out);
        out.end(scope);
    }
}

fn write_filled(number: u32, text: &str, out: &mut Writer) {
    if !text.is_empty() {
        out.bytes(number, text.as_bytes());
    }
}

/// What the tags of a span say that are fields of OpenTelemetry.
#[derive(Default)]
struct Meaning<'s> {
    kind: SpanKind,
    status: StatusCode,
    message: &'s str,
    /// Name and version.
    scope: (&'s str, &'s str),
    trace_state: &'s str,
    /// The places of the tags that said it.
    used: Vec<usize>,
}

impl<'s> Meaning<'s> {
    fn of(span: &'s SpanIn<'_>) -> Self {
        let tags = span.tags.as_deref().unwrap_or_default();
        // Only the first of a name can be a field: see `tags`.
        let first = |key: &str| tags.iter().enumerate().find(|(_, tag)| tag.key == key);
        let mut meaning = Self::default();
        let mut text = |key: &str| {
            let (place, text) = first(key).and_then(|(place, tag)| Some((place, tag.text()?)))?;
            (!text.is_empty()).then(|| {
                meaning.used.push(place);
                text
            })
        };
        meaning.message = text(tags::STATUS_DESCRIPTION).unwrap_or_default();
        meaning.scope =
            (text(tags::SCOPE_NAME).unwrap_or_default(), text(tags::SCOPE_VERSION).unwrap_or_default());
        meaning.trace_state = text(tags::TRACE_STATE).unwrap_or_default();
        if let Some((place, tag)) = first(tags::SPAN_KIND)
            && let Some(kind) = (1..6).map(SpanKind::from_otlp).find(|kind| tag.text() == Some(kind.as_str()))
        {
            meaning.kind = kind;
            meaning.used.push(place);
        }
        let code = first(tags::STATUS_CODE);
        let failed = first(tags::ERROR).filter(|(_, tag)| matches!(tag.value, Scalar::Bool(true)));
        meaning.status = match (code, failed) {
            (Some((place, tag)), Some((error, _))) if tag.text() == Some("ERROR") => {
                meaning.used.extend([place, error]);
                StatusCode::Error
            }
            (Some((place, tag)), _) if tag.text() == Some("OK") => {
                meaning.used.push(place);
                StatusCode::Ok
            }
            (None, Some((error, _))) => {
                meaning.used.push(error);
                StatusCode::Error
            }
            _ => StatusCode::Unset,
        };
        meaning
    }
}

impl SpanIn<'_> {
    fn write(&self, meaning: &Meaning<'_>, out: &mut Writer) {
        let span = out.begin(2);
        let trace_id = TraceId::parse_padded(&self.trace_id).ok();
        write_id(1, trace_id.as_ref().map(TraceId::as_bytes), out);
        write_id(2, SpanId::parse_padded(&self.span_id).ok().as_ref().map(SpanId::as_bytes), out);
        write_filled(3, meaning.trace_state, out);
        let references = self.references.as_deref().unwrap_or_default();
        let is_parent = |reference: &&ReferenceIn<'_>| {
            reference.ref_type == "CHILD_OF" && TraceId::parse_padded(&reference.trace_id).ok() == trace_id
        };
        let parent = references.iter().find(is_parent);
        let parent_id = parent.map_or(&self.parent_span_id, |parent| &parent.span_id);
        write_id(4, SpanId::parse_padded(parent_id).ok().as_ref().map(SpanId::as_bytes), out);
        write_filled(5, &self.operation_name, out);
        if meaning.kind != SpanKind::Unspecified {
            out.varint(6, u64::from(meaning.kind.to_otlp()));
        }
        let (start, end) = self.times();
        out.fixed64(7, start);
        out.fixed64(8, end);
        let tags = self.tags.iter().flatten().enumerate();
        for (_, tag) in tags.filter(|(place, _)| !meaning.used.contains(place)) {
            tag.write(9, out);
        }
        for log in self.logs.iter().flatten() {
            log.write(out);
        }
        let is_link =
            |reference: &&ReferenceIn<'_>| parent.is_none_or(|parent| !std::ptr::eq(parent, *reference));
        for link in references.iter().filter(is_link) {
            link.write(out);
        }
        if meaning.status != StatusCode::Unset || !meaning.message.is_empty() {
            let status = out.begin(15);
            write_filled(2, meaning.message, out);
            out.varint(3, u64::from(meaning.status.to_otlp()));
            out.end(status);
        }
        out.fixed32(16, self.flags);
        out.end(span);
    }

    /// In nanoseconds.
    fn times(&self) -> (u64, u64) {
        let start = self.start_time.saturating_mul(1000);
        let ends_early = self.warnings.iter().flatten().any(|warning| warning == tags::ENDS_EARLY);
        let end = if ends_early {
            start.saturating_sub(1000)
        } else {
            start.saturating_add(self.duration.saturating_mul(1000))
        };
        (start, end)
    }
}

fn write_id<const N: usize>(number: u32, id: Option<&[u8; N]>, out: &mut Writer) {
    if let Some(id) = id {
        out.bytes(number, id);
    }
}

impl LogIn<'_> {
    fn write(&self, out: &mut Writer) {
        let event = out.begin(11);
        out.fixed64(1, self.timestamp.saturating_mul(1000));
        let fields = self.fields.as_deref().unwrap_or_default();
        let first = fields.iter().enumerate().find(|(_, field)| field.key == tags::EVENT);
        let name = first.filter(|(_, field)| field.text().is_some_and(|text| !text.is_empty()));
        if let Some((_, field)) = name {
            write_filled(2, field.text().unwrap_or_default(), out);
        }
        let is_name = |place: usize| name.is_some_and(|(name, _)| name == place);
        for (_, field) in fields.iter().enumerate().filter(|(place, _)| !is_name(*place)) {
            field.write(3, out);
        }
        out.end(event);
    }
}

impl ReferenceIn<'_> {
    fn write(&self, out: &mut Writer) {
        let link = out.begin(13);
        write_id(1, TraceId::parse_padded(&self.trace_id).ok().as_ref().map(TraceId::as_bytes), out);
        write_id(2, SpanId::parse_padded(&self.span_id).ok().as_ref().map(SpanId::as_bytes), out);
        out.end(link);
    }
}

impl ProcessIn<'_> {
    fn write(&self, out: &mut Writer) {
        let resource = out.begin(1);
        let name = TagIn {
            key: Cow::Borrowed("service.name"),
            of: Cow::Borrowed("string"),
            value: Scalar::Text(Cow::Borrowed(&self.service_name)),
        };
        if !self.service_name.is_empty() {
            name.write(1, out);
        }
        for tag in self.tags.iter().flatten() {
            tag.write(1, out);
        }
        out.end(resource);
    }
}

impl TagIn<'_> {
    /// Its text, if it is one.
    fn text(&self) -> Option<&str> {
        match &self.value {
            Scalar::Text(text) if self.of.is_empty() || self.of == "string" => Some(text),
            _ => None,
        }
    }

    /// As a `KeyValue`.
    fn write(&self, number: u32, out: &mut Writer) {
        let key_value = out.begin(number);
        out.bytes(1, self.key.as_bytes());
        let value = out.begin(2);
        match (&*self.of, &self.value) {
            (_, Scalar::Null) => {}
            (_, Scalar::Bool(bit)) => out.varint(2, u64::from(*bit)),
            #[expect(
                clippy::cast_precision_loss,
                reason = "the sender wrote a real number without its point"
            )]
            ("float64", Scalar::Int(int)) => out.fixed64(4, (*int as f64).to_bits()),
            (_, Scalar::Int(int)) => out.varint(3, int.cast_unsigned()),
            (_, Scalar::Double(double)) => out.fixed64(4, double.to_bits()),
            (of, Scalar::Text(text)) => write_text(of, text, out),
        }
        out.end(value);
        out.end(key_value);
    }
}

/// A value that is written as text: of its type when it reads as one, and else the text.
fn write_text(of: &str, text: &str, out: &mut Writer) {
    match of {
        "int64" if let Ok(int) = text.parse::<i64>() => out.varint(3, int.cast_unsigned()),
        "float64" if let Ok(double) = text.parse::<f64>() => out.fixed64(4, double.to_bits()),
        "bool" if let Ok(bit) = text.parse::<bool>() => out.varint(2, u64::from(bit)),
        "binary" if let Ok(bytes) = BASE64_STANDARD.decode(text) => out.bytes(7, &bytes),
        _ => out.bytes(1, text.as_bytes()),
    }
}
